#include "sluice/flow/detour.hpp"

#include "sluice/flow/origin.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace {

using namespace sluice;
using namespace std::chrono_literals;

const timestamp written{1'700'000'000'000ms};

record in(const std::string& topic, headers with)
{
    return record::make({topic, 2}, 9, "k", "v", std::move(with), written);
}

std::size_t count(const outgoing& of, std::string_view name)
{
    return static_cast<std::size_t>(std::ranges::count(of.headers, name, &header::name));
}

BOOST_AUTO_TEST_SUITE(detours)

BOOST_AUTO_TEST_CASE(retry_topics_of_the_group_are_known_by_their_names)
{
    BOOST_TEST(is_retry_topic("t.g.retry.30s", "g"));
    BOOST_TEST(is_retry_topic("a.b.g.retry.0s", "g"));
    for (const auto* other :
         {"t", "t.h.retry.30s", "t.g.dlt", "g.retry.30s", ".g.retry.30s", "t.xg.retry.30s", "retry."})
        BOOST_TEST(!is_retry_topic(other, "g"), other);
}

BOOST_AUTO_TEST_CASE(the_way_back_knows_what_the_way_out_wrote)
{
    const auto source = record::make({"t", 2}, 41, "k", "v", {{"mine", "1"}, {"sluice-attempt", "77"}}, written);
    const detour so_far{.attempts = 2, .first_failure = written + 5s, .not_before = written + 35s};
    const auto away = make_detour(source, "g", 30s, so_far, "no answer", 3);
    BOOST_TEST(away.topic == "t.g.retry.30s");
    BOOST_TEST(away.partition.value() == 2);
    BOOST_TEST(*away.key == "k");
    BOOST_TEST(*away.value == "v");
    for (const auto* name : {"mine", "sluice-attempt", "sluice-first-failure", "sluice-not-before", "sluice-id"})
        BOOST_TEST(count(away, name) == 1u, name);

    const auto back = record::make({away.topic, 2}, 7, away.key, away.value, away.headers, written + 6s);
    const auto read = detour_of(back, 30s);
    BOOST_TEST(read.attempts == 2);
    BOOST_TEST((read.first_failure == so_far.first_failure));
    BOOST_TEST((read.not_before == so_far.not_before));
    BOOST_CHECK(origin_of(back, "g") == origin_of(source, "g"));

    const auto again = make_detour(back, "g", 5min, so_far, "no answer", 2);
    BOOST_TEST(again.topic == "t.g.retry.5m");
    BOOST_TEST(!again.partition.has_value());  // it has no such partition
    for (const auto* name : {"mine", "sluice-attempt", "sluice-first-failure", "sluice-not-before", "sluice-id"})
        BOOST_TEST(count(again, name) == 1u, name);
    const auto further = record::make({again.topic, 0}, 1, again.key, again.value, again.headers, written);
    BOOST_CHECK(origin_of(further, "g") == origin_of(source, "g"));
}

BOOST_AUTO_TEST_CASE(headers_of_nonsense_neither_wait_for_ever_nor_count)
{
    const auto bad = in("t.g.retry.30s", {{"sluice-attempt", "-5"},
                                          {"sluice-first-failure", "yesterday"},
                                          {"sluice-not-before", "9223372036854775807"}});
    const auto read = detour_of(bad, 30s);
    BOOST_TEST(read.attempts == 0);
    BOOST_TEST(!read.first_failure.has_value());
    BOOST_TEST((read.not_before == written + 90s));
    BOOST_TEST(detour_of(in("t.g.retry.30s", {{"sluice-attempt", "99999999999"}}), 30s).attempts == 1'000'000);
    BOOST_TEST(!detour_of(in("t.g.retry.30s", {}), 30s).not_before.has_value());
}

BOOST_AUTO_TEST_CASE(a_redriven_record_starts_anew)
{
    const auto read = detour_of(in("t.g.retry.0s", {{"sluice-attempt", "5"}, {"sluice-first-failure", "1"}}), 30s);
    BOOST_TEST(read.attempts == 0);
    BOOST_TEST(!read.first_failure.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
