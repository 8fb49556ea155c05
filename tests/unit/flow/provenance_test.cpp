#include "sluice/flow/provenance.hpp"

#include "sluice/flow/dead_letter.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace sluice;
using namespace std::string_literals;

namespace {

record letter(headers with)
{
    return record::make({"a.dlt", 0}, 0, "k", "v", std::move(with));
}

timestamp at(std::int64_t ms)
{
    return timestamp{std::chrono::milliseconds{ms}};
}

void check(const headers& with, const provenance& expected)
{
    const auto found = provenance_of(letter(with));
    BOOST_TEST(to_string(found.maker) == to_string(expected.maker));
    BOOST_TEST(found.topic == expected.topic);
    BOOST_TEST(found.partition.value_or(-1) == expected.partition.value_or(-1));
    BOOST_TEST(found.offset.value_or(-1) == expected.offset.value_or(-1));
    BOOST_TEST(found.group == expected.group);
    BOOST_TEST(found.handler == expected.handler);
    BOOST_TEST(found.reason == expected.reason);
    BOOST_TEST(found.error_type == expected.error_type);
    BOOST_TEST(found.error == expected.error);
    BOOST_TEST(found.attempts.value_or(-1) == expected.attempts.value_or(-1));
    BOOST_TEST((found == expected));
}

provenance of(letter_maker maker, std::string topic, std::optional<std::int32_t> partition = 3,
              std::optional<std::int64_t> offset = 258)
{
    provenance all;
    all.maker = maker;
    all.topic = std::move(topic);
    all.partition = partition;
    all.offset = offset;
    return all;
}

const auto three = "\0\0\0\x03"s, offset_258 = "\0\0\0\0\0\0\x01\x02"s, time_123 = "\0\0\x01\x8b\xcf\xe5\x67\x2e"s;

}  // namespace

BOOST_AUTO_TEST_SUITE(provenances)

BOOST_AUTO_TEST_CASE(our_own_dead_letter_is_read_whole)
{
    const auto source = record::make({"order.placed", 3}, 258, "k", "v", {{"sluice-redrives", "2"}}, at(1'000));
    const obituary why{.group = "inventory-service",
                       .handler = "inventory",
                       .error_class = "exhausted",
                       .error_type = "std::runtime_error",
                       .error = "no disk: full",
                       .attempts = 5,
                       .first_failure = at(2'000)};
    auto expected = of(letter_maker::sluice, "order.placed");
    expected.time = at(1'000);
    expected.group = "inventory-service";
    expected.handler = "inventory";
    expected.reason = "exhausted";
    expected.error_type = "std::runtime_error";
    expected.error = "no disk: full";
    expected.attempts = 5;
    expected.first_failure = at(2'000);
    expected.redrives = 2;
    check(make_dead_letter(source, why, 12).headers, expected);
}

BOOST_AUTO_TEST_CASE(springs_recoverer_writes_numbers_big_endian)
{
    auto expected = of(letter_maker::spring, "orders");
    expected.time = at(0x18bcfe56b2e);
    expected.group = "billing";
    expected.error_type = "java.lang.IllegalStateException";
    expected.error = "Listener failed";
    headers all{{"kafka_dlt-exception-fqcn", "org.springframework.kafka.listener.ListenerExecutionFailedException"},
                {"kafka_dlt-exception-cause-fqcn", "java.lang.IllegalStateException"},
                {"kafka_dlt-exception-message", "Listener failed"},
                {"kafka_dlt-exception-stacktrace", std::string(5'000, 'x')},
                {"kafka_dlt-original-topic", "orders"},
                {"kafka_dlt-original-partition", three},
                {"kafka_dlt-original-offset", offset_258},
                {"kafka_dlt-original-timestamp", "\0\0\x01\x8b\xcf\xe5\x6b\x2e"s},
                {"kafka_dlt-original-timestamp-type", "CreateTime"},
                {"kafka_dlt-original-consumer-group", "billing"}};
    check(all, expected);
}

BOOST_AUTO_TEST_CASE(springs_retry_topics_name_them_without_dlt)
{
    auto expected = of(letter_maker::spring, "orders");
    expected.time = at(0x18bcfe5672e);
    expected.group = "billing";
    expected.error_type = "java.lang.RuntimeException";
    expected.error = "Listener failed; down";
    headers all{{"kafka_original-topic", "orders"},
                {"kafka_original-partition", three},
                {"kafka_original-offset", offset_258},
                {"kafka_original-timestamp", time_123},
                {"kafka_dlt-original-consumer-group", "billing"},
                {"kafka_exception-fqcn", "org.springframework.kafka.listener.ListenerExecutionFailedException"},
                {"kafka_exception-cause-fqcn", "java.lang.RuntimeException"},
                {"kafka_exception-message", "Listener failed; down"},
                {"retry_topic-attempts", "\0\0\0\x04"s}};
    expected.attempts = 4;
    check(all, expected);
    all.back().value = "\x04";  // before Spring Kafka 2.8
    check(all, expected);
    expected.attempts.reset();
    for (const auto& bad : {""s, "\x80"s, "\0\0\x04"s, "four"s.substr(0, 3)}) {
        all.back().value = bad;
        check(all, expected);
    }
}

BOOST_AUTO_TEST_CASE(kafka_connect_writes_text)
{
    auto expected = of(letter_maker::connect, "orders");
    expected.handler = "s3-sink";
    expected.reason = "VALUE_CONVERTER";
    expected.error_type = "org.apache.kafka.connect.errors.DataException";
    expected.error = "Converting byte[] to Kafka Connect data failed";
    check({{"__connect.errors.topic", "orders"},
           {"__connect.errors.partition", "3"},
           {"__connect.errors.offset", "258"},
           {"__connect.errors.connector.name", "s3-sink"},
           {"__connect.errors.task.id", "0"},
           {"__connect.errors.stage", "VALUE_CONVERTER"},
           {"__connect.errors.class.name", "org.apache.kafka.connect.json.JsonConverter"},
           {"__connect.errors.exception.class.name", expected.error_type},
           {"__connect.errors.exception.message", expected.error},
           {"__connect.errors.exception.stacktrace", "..."}},
          expected);
    // What it writes where it knows nothing.
    check({{"__connect.errors.topic", ""}, {"__connect.errors.partition", "-1"}, {"__connect.errors.offset", "-1"}},
          of(letter_maker::connect, "", std::nullopt, std::nullopt));
}

BOOST_AUTO_TEST_CASE(kafka_streams_puts_class_and_words_in_one)
{
    auto expected = of(letter_maker::streams, "orders");
    expected.error_type = "java.lang.IllegalStateException";
    expected.error = "negative count";
    headers all{{"__streams.errors.exception", "java.lang.IllegalStateException: negative count"},
                {"__streams.errors.message", "negative count"},
                {"__streams.errors.stacktrace", "..."},
                {"__streams.errors.topic", "orders"},
                {"__streams.errors.partition", "3"},
                {"__streams.errors.offset", "258"}};
    check(all, expected);
    all[0].value = "java.lang.IllegalStateException";
    all[1].value = std::nullopt;  // an exception without words
    expected.error.clear();
    check(all, expected);
}

BOOST_AUTO_TEST_CASE(smallrye_writes_text)
{
    auto expected = of(letter_maker::smallrye, "movies");
    expected.error_type = "java.lang.RuntimeException";
    expected.error = "Something went wrong";
    check({{"dead-letter-exception-class-name", "java.lang.RuntimeException"},
           {"dead-letter-reason", "Something went wrong"},
           {"dead-letter-cause-class-name", "java.io.IOException"},
           {"dead-letter-cause", "closed"},
           {"dead-letter-topic", "movies"},
           {"dead-letter-partition", "3"},
           {"dead-letter-offset", "258"}},
          expected);
}

BOOST_AUTO_TEST_CASE(what_is_malformed_or_hostile_is_unknown)
{
    BOOST_TEST((provenance_of(letter({})) == provenance{}));
    BOOST_TEST((provenance_of(letter({{"dead-letter-of-mine", "x"}, {"sluice-id", "x"}})) == provenance{}));
    const auto big = "99999999999999999999999999"s;
    for (const auto* prefix : {"__connect.errors.", "__streams.errors.", "dead-letter-"}) {
        const std::string name{prefix};
        for (const auto& bad : {""s, " 3"s, "3 "s, "+3"s, "-3"s, "3.0"s, "0x3"s, three, big, "\xff"s, "3\n"s}) {
            const auto found =
                provenance_of(letter({{name + "topic", "t"}, {name + "partition", bad}, {name + "offset", bad}}));
            BOOST_TEST(!found.partition.has_value());
            BOOST_TEST(!found.offset.has_value());
        }
    }
    for (const auto& bad :
         {""s, "3"s, "\0\0\x03"s, "\0\0\0\0\x03"s, "\xff\xff\xff\xff"s, std::string(8, '\xff'), big}) {
        const auto found = provenance_of(letter({{"kafka_dlt-original-topic", "t"},
                                                 {"kafka_dlt-original-partition", bad},
                                                 {"kafka_dlt-original-offset", bad},
                                                 {"kafka_dlt-original-timestamp", bad},
                                                 {"sluice-redrives", bad == "3" ? "3x" : bad}}));
        BOOST_TEST(!found.partition.has_value());
        BOOST_TEST(!found.offset.has_value());
        BOOST_TEST(!found.time.has_value());
        BOOST_TEST(found.redrives == 0);
    }
    for (const auto& bad : {"a b"s, "../x"s, ".."s, "a\nb"s, "\xff"s, std::string(250, 'x'), "t\0"s})
        BOOST_TEST(provenance_of(letter({{"__connect.errors.topic", bad}})).topic.empty());
    BOOST_TEST(provenance_of(letter({{"dead-letter-reason", std::string(1 << 20, 'x')}})).error.size() == 1024U);
    const auto hollow =
        provenance_of(letter({{"sluice-error-class", std::nullopt}, {"sluice-attempt", "-2147483648"}}));
    BOOST_TEST((hollow == of(letter_maker::sluice, "", std::nullopt, std::nullopt)));
}

BOOST_AUTO_TEST_CASE(of_several_headers_of_one_name_the_last_counts)
{
    BOOST_TEST(provenance_of(letter({{"dead-letter-topic", "first"}, {"dead-letter-topic", "last"}})).topic == "last");
}

BOOST_AUTO_TEST_CASE(random_bytes_in_every_header_do_no_harm)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_CONTEXT("seed " << seed)
    {
        std::mt19937 random{seed};
        const char* const names[]{"kafka_dlt-original-topic",   "kafka_dlt-original-partition",
                                  "kafka_dlt-original-offset",  "kafka_dlt-original-timestamp",
                                  "sluice-error-class",         "sluice-attempt",
                                  "sluice-first-failure",       "sluice-redrives",
                                  "kafka_original-offset",      "retry_topic-attempts",
                                  "__connect.errors.topic",     "__connect.errors.offset",
                                  "__streams.errors.exception", "dead-letter-partition"};
        for (int i = 0; i < 20'000; ++i) {
            headers all;
            for (auto count = random() % 6; count > 0; --count) {
                std::string bytes(random() % 12, '\0');
                for (auto& one : bytes)
                    one = static_cast<char>(random() % 3 == 0 ? random() % 256 : '0' + random() % 10);
                all.push_back({names[random() % std::size(names)], random() % 9 ? std::optional{bytes} : std::nullopt});
            }
            const auto found = provenance_of(letter(all));
            BOOST_REQUIRE(found.partition.value_or(0) >= 0);
            BOOST_REQUIRE(found.offset.value_or(0) >= 0);
            BOOST_REQUIRE(found.attempts.value_or(0) >= 0);
            BOOST_REQUIRE(found.redrives >= 0);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
