#include "sluice/flow/dead_letter.hpp"
#include "sluice/flow/failure.hpp"
#include "sluice/flow/origin.hpp"

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

BOOST_AUTO_TEST_CASE(a_record_of_a_retry_topic_is_dead_lettered_as_of_its_source)
{
    headers with{{"sluice-id", "abc"}, {"sluice-redrives", "1"}};
    set_origin(with, origin_of(source, "inventory-service"));
    const auto detour = record::make({"order.placed.inventory-service.retry.0s", 7}, 99, "k", "v", with);
    const auto letter = make_dead_letter(detour, why, 12);
    BOOST_TEST(letter.topic == "order.placed.inventory-service.dlt");
    BOOST_TEST(letter.partition.value() == 3);
    const auto first = make_dead_letter(source, why, 12);
    for (const auto* name : {"kafka_dlt-original-topic", "kafka_dlt-original-partition", "kafka_dlt-original-offset",
                             "kafka_dlt-original-timestamp", "kafka_dlt-original-timestamp-type", "original-topic"})
        BOOST_TEST_CONTEXT(name)
    BOOST_TEST(values_of(letter, name) == values_of(first, name), boost::test_tools::per_element());
    BOOST_TEST(values_of(letter, "sluice-redrives") == std::vector{"1"s}, boost::test_tools::per_element());
    BOOST_TEST(std::ranges::count_if(letter.headers, [](const header& one) { return is_origin_header(one.name); }) ==
               0);
}

BOOST_AUTO_TEST_CASE(headers_of_springs_retry_topics_on_an_ordinary_record_stay)
{
    const auto upstream = record::make({"t", 1}, 5, "k", "v", {{"kafka_original-topic", "elsewhere"}});
    const auto letter = make_dead_letter(upstream, why, 12);
    BOOST_TEST(letter.topic == "t.inventory-service.dlt");
    BOOST_TEST(values_of(letter, "kafka_original-topic") == std::vector{"elsewhere"s},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_retry_topic_is_named_by_its_delay)
{
    using namespace std::chrono_literals;
    BOOST_TEST(retry_topic("t", "g", 0s) == "t.g.retry.0s");
    BOOST_TEST(retry_topic("t", "g", 500ms) == "t.g.retry.500ms");
    BOOST_TEST(retry_topic("t", "g", 1500ms) == "t.g.retry.1500ms");
    BOOST_TEST(retry_topic("t", "g", 30s) == "t.g.retry.30s");
    BOOST_TEST(retry_topic("t", "g", 90s) == "t.g.retry.90s");
    BOOST_TEST(retry_topic("t", "g", 5min) == "t.g.retry.5m");
    BOOST_TEST(retry_topic("t", "g", 2h) == "t.g.retry.120m");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(origins)

BOOST_AUTO_TEST_CASE(only_headers_that_fit_the_retry_topics_name_are_believed)
{
    const auto at = [](std::string topic, headers with) {
        return origin_of(record::make({std::move(topic), 7}, 99, "k", "v", std::move(with)), "g");
    };
    const auto four = "\0\0\0\x03"s, eight = "\0\0\0\0\0\0\x01\x02"s;
    const headers good{{"kafka_original-topic", "t"},
                       {"kafka_original-partition", four},
                       {"kafka_original-offset", eight},
                       {"kafka_original-timestamp", eight},
                       {"kafka_original-timestamp-type", "LogAppendTime"}};
    const origin source{"t", 3, 258, timestamp{std::chrono::milliseconds{258}}, true};
    const origin unknown{"t"};

    BOOST_TEST((at("t.g.retry.5m", good) == source));
    BOOST_TEST((at("t.g.retry.5m", {}) == unknown));
    BOOST_TEST((at("t", good) == origin{"t", 7, 99, timestamp{}}));                        // no detour
    BOOST_TEST((at("t.h.retry.5m", good) == origin{"t.h.retry.5m", 7, 99, timestamp{}}));  // another group's
    BOOST_TEST((at("other.g.retry.5m", good) == origin{"other"}));
    BOOST_TEST((at(".g.retry.5m", good) == origin{".g.retry.5m", 7, 99, timestamp{}}));
    for (const auto& bad : {""s, "3"s, "\0\0\x03"s, "\xff\xff\xff\xff"s, std::string(1000, 'x')}) {
        BOOST_TEST(at("t.g.retry.5m", {{"kafka_original-topic", "t"}, {"kafka_original-partition", bad}}).partition ==
                   -1);
        BOOST_TEST(at("t.g.retry.5m", {{"kafka_original-topic", "t"}, {"kafka_original-offset", bad}}).offset == -1);
    }
    BOOST_TEST((at("t.g.retry.5m", {{"kafka_original-topic", std::nullopt}}) == unknown));
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
    BOOST_TEST((kind_of(failure{{errc::unavailable}}) == kind::unavailable));
    BOOST_TEST((kind_of(failure{{errc::invalid}}) == kind::permanent));
    BOOST_TEST((kind_of(failure{{errc::corrupt}}) == kind::permanent));
    BOOST_TEST((kind_of(42) == kind::retryable));
    BOOST_TEST(classify(std::make_exception_ptr(undecodable{"x"})).type == "sluice::undecodable");
}

BOOST_AUTO_TEST_SUITE_END()
