#include "sluice/flow/dead_letter.hpp"
#include "sluice/flow/failure.hpp"

#include "sluice/base/result.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace sluice;
using namespace std::string_literals;

namespace {

const record source =
    record::make({"order.placed", 3}, 258, "cus\0tomer"s, "\xff\x00 no JSON"s,
                 {{"traceparent", "00-ab"}, {"error", "mine"}, {"sluice-error", "old"}, {"empty", std::nullopt}},
                 timestamp{std::chrono::milliseconds{1'700'000'000'123}});

const obituary why{.group = "inventory-service",
                   .handler = "inventory",
                   .error_class = "decode",
                   .error_type = "sluice::undecodable",
                   .error = "not JSON",
                   .attempts = 2,
                   .first_failure = timestamp{std::chrono::milliseconds{1'700'000'000'456}}};

std::vector<std::string> values_of(const outgoing& letter, std::string_view name)
{
    std::vector<std::string> found;
    for (const auto& one : letter.headers)
        if (one.name == name) found.push_back(one.value.value_or("(null)"));
    return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dead_letter)

BOOST_AUTO_TEST_CASE(it_carries_key_and_value_untouched_to_the_groups_own_topic)
{
    const auto letter = make_dead_letter(source, why, 12);
    BOOST_TEST(letter.topic == "order.placed.inventory-service.dlt");
    BOOST_TEST(letter.key.value() == "cus\0tomer"s);
    BOOST_TEST(letter.value.value() == "\xff\x00 no JSON"s);
    BOOST_TEST(letter.partition.value() == 3);
    BOOST_TEST(!letter.time.has_value());  // the time of the failure, not the source's
}

BOOST_AUTO_TEST_CASE(a_smaller_dead_letter_topic_lets_the_key_choose)
{
    BOOST_TEST(!make_dead_letter(source, why, 3).partition.has_value());
    BOOST_TEST(!make_dead_letter(source, why, std::nullopt).partition.has_value());
}

BOOST_AUTO_TEST_CASE(null_is_not_empty)
{
    const auto tombstone = record::make({"t", 0}, 0, std::nullopt, std::nullopt);
    const auto letter = make_dead_letter(tombstone, why, 1);
    BOOST_TEST(!letter.key.has_value());
    BOOST_TEST(!letter.value.has_value());
    const auto hollow = make_dead_letter(record::make({"t", 0}, 0, "", ""), why, 1);
    BOOST_TEST(hollow.key.value().empty());
    BOOST_TEST(hollow.value.value().empty());
}

BOOST_AUTO_TEST_CASE(headers_are_those_of_the_record_then_ours_then_springs)
{
    const auto letter = make_dead_letter(source, why, 12);
    const std::pair<const char*, std::string> expected[]{
        {"traceparent", "00-ab"},
        {"empty", "(null)"},
        {"sluice-id", "order.placed/3/258"},
        {"sluice-attempt", "2"},
        {"sluice-first-failure", "1700000000456"},
        {"sluice-error", "not JSON"},
        {"sluice-error-class", "decode"},
        {"sluice-handler", "inventory"},
        {"sluice-group", "inventory-service"},
        {"kafka_dlt-original-topic", "order.placed"},
        {"kafka_dlt-original-partition", "\0\0\0\x03"s},
        {"kafka_dlt-original-offset", "\0\0\0\0\0\0\x01\x02"s},
        {"kafka_dlt-original-timestamp", "\0\0\x01\x8b\xcf\xe5\x68\x7b"s},
        {"kafka_dlt-original-timestamp-type", "CreateTime"},
        {"kafka_dlt-original-consumer-group", "inventory-service"},
        {"kafka_dlt-exception-fqcn", "sluice::undecodable"},
        {"kafka_dlt-exception-message", "not JSON"},
        {"original-topic", "order.placed"},
    };
    for (const auto& [name, value] : expected) BOOST_TEST_CONTEXT(name)
    BOOST_TEST(values_of(letter, name) == std::vector{value}, boost::test_tools::per_element());
    // The record's own `error` stays; ours comes after it, where readers that take the last look.
    const std::vector errors{"mine"s, "not JSON"s};
    BOOST_TEST(values_of(letter, "error") == errors, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_record_that_has_an_id_keeps_it)
{
    const auto named = record::make({"t", 0}, 0, "k", "v", {{"sluice-id", "abc"}});
    const auto letter = make_dead_letter(named, why, 1);
    BOOST_TEST(values_of(letter, "sluice-id") == std::vector{"abc"s}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_dead_letter_that_fails_again_does_not_grow)
{
    auto letter = make_dead_letter(source, why, 12);
    const auto again = record::make({letter.topic, 3}, 1, letter.key, letter.value, letter.headers);
    auto second = make_dead_letter(again, why, 12);
    BOOST_TEST(std::ranges::count(second.headers, "kafka_dlt-original-topic", &header::name) == 1);
    BOOST_TEST(std::ranges::count(second.headers, "sluice-attempt", &header::name) == 1);
    BOOST_TEST(values_of(second, "kafka_dlt-original-topic") == std::vector{letter.topic},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(failures)

BOOST_AUTO_TEST_CASE(an_exception_is_retryable_unless_it_says_that_no_repeat_can_help)
{
    using kind = handler_failure::kind;
    const auto kind_of = [](auto error) { return classify(std::make_exception_ptr(error)).what; };
    BOOST_TEST((kind_of(std::runtime_error{"down"}) == kind::retryable));
    BOOST_TEST((kind_of(permanent_failure{"no such product"}) == kind::permanent));
    BOOST_TEST((kind_of(undecodable{"not JSON"}) == kind::decode));
    BOOST_TEST((kind_of(failure{{errc::unavailable}}) == kind::retryable));
    BOOST_TEST((kind_of(failure{{errc::invalid}}) == kind::permanent));
    BOOST_TEST((kind_of(failure{{errc::corrupt}}) == kind::permanent));
    BOOST_TEST((kind_of(42) == kind::retryable));
    BOOST_TEST(classify(std::make_exception_ptr(undecodable{"x"})).type == "sluice::undecodable");
}

BOOST_AUTO_TEST_SUITE_END()
