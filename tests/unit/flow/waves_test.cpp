#include "sluice/flow/waves.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace sluice;
using indexes = std::vector<std::size_t>;

outgoing to(std::string topic, std::optional<std::string> key, std::optional<std::int32_t> partition = {})
{
    return {std::move(topic), std::move(key), "v", {}, partition, {}};
}

BOOST_AUTO_TEST_SUITE(waves)

BOOST_AUTO_TEST_CASE(only_the_first_of_a_key_is_on_its_way)
{
    const std::vector<outgoing> all{to("t", "a"), to("t", "b"), to("t", "a"),    to("u", "a"),
                                    to("t", {}),  to("t", {}),  to("t", "a", 1), to("t", "b", 1)};
    BOOST_TEST(next_wave(all) == (indexes{0, 1, 3, 4, 5, 6}), boost::test_tools::per_element());
    BOOST_TEST(next_wave({to("t", "a")}) == (indexes{0}), boost::test_tools::per_element());
    BOOST_TEST(next_wave({to("t", ""), to("t", "")}) == (indexes{0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_not_in_the_log_stays_in_its_order)
{
    std::vector<outgoing> left{to("t", "a"), to("t", "b"), to("t", "a"), to("t", "c")};
    const auto wave = next_wave(left);
    const result<position> sent{position{}}, refused{error{errc::not_sent, "full"}};
    const auto why = keep_unsent(left, wave, {refused, sent, refused}, "");
    BOOST_TEST((why && *why == errc::not_sent));
    BOOST_REQUIRE(left.size() == 3u);
    BOOST_TEST((*left[0].key == "a" && *left[1].key == "a" && *left[2].key == "c"));

    const auto silent = keep_unsent(left, next_wave(left), {}, "no word");
    BOOST_TEST((silent && *silent == errc::outcome_unknown));
    BOOST_TEST(left.size() == 3u);
    BOOST_TEST(!keep_unsent(left, {0, 1, 2}, {sent, sent, sent}, "").has_value());
    BOOST_TEST(left.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
