#include "sluice/kafka/producer.hpp"

#include "integration/kafka/log_reader.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/kafka/embedded_broker.hpp"
#include "sluice/testing/test_case.hpp"
#include "sluice/testing/until.hpp"
#include "spans.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <map>
#include <numeric>
#include <set>
#include <thread>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

struct cluster {
    explicit cluster(std::int32_t partitions = 4) : partitions{partitions} { broker.create_topic(topic, partitions); }

    kafka::settings with(kafka::properties more = {}) const
    {
        auto made = broker.client_settings();
        made.properties.merge(more);
        return made;
    }
    awaitable<std::vector<record>> log()
    {
        auto read = [this](std::stop_token) { return read_log(with(), topic, partitions); };
        return blocking.run(std::move(read));
    }

    const std::string topic = "orders";
    const std::int32_t partitions;
    kafka::embedded_broker broker;
    offload blocking;
};

outgoing make(const std::string& topic, std::string key, std::string value)
{
    return {
        .topic = topic, .key = std::move(key), .value = std::move(value), .headers = {}, .partition = {}, .time = {}};
}

awaitable<time_point> in(duration span)
{
    co_return clock::of(co_await asio::this_coro::executor).now() + span;
}

// A client finds a broker that is back in its own time.
awaitable<bool> sends_again(kafka::producer& producer, outgoing what)
{
    for (int attempt = 0; attempt < 10; ++attempt) {
        const auto sent = co_await producer.send(what);
        if (sent) co_return true;
    }
    co_return false;
}

// Java's DefaultPartitioner: toPositive(murmur2(key)) % partitions.
std::int32_t java_partition(std::string_view key, std::int32_t partitions)
{
    const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<std::uint8_t>(key[at])); };
    constexpr std::uint32_t m = 0x5bd1e995;
    std::uint32_t hash = 0x9747b28c ^ static_cast<std::uint32_t>(key.size());
    std::size_t at = 0;
    for (; at + 4 <= key.size(); at += 4) {
        std::uint32_t part = byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16 | byte(at + 3) << 24;
        part *= m;
        part ^= part >> 24;
        hash = hash * m ^ part * m;
    }
    if (at < key.size()) {
        for (std::size_t last = key.size(); last-- > at;) hash ^= byte(last) << 8 * (last - at);
        hash *= m;
    }
    hash ^= hash >> 13;
    hash *= m;
    hash ^= hash >> 15;
    return static_cast<std::int32_t>(hash & 0x7fffffff) % partitions;
}

}  // namespace

SLUICE_TEST_CASE(a_send_is_answered_with_its_place_in_the_log)
{
    cluster orders;
    const auto loop = co_await asio::this_coro::executor;
    kafka::producer producer{loop, orders.with(), {}, orders.blocking, {}};
    outgoing what = make(orders.topic, "k", "v");
    what.partition = 2;
    what.time = timestamp{1'700'000'000'123ms};
    what.headers = {{"sluice-id", "7"}, {"empty", ""}, {"null", std::nullopt}};
    const auto first = co_await producer.send(what);
    what.value.reset();
    const auto second = co_await producer.send(what);
    BOOST_REQUIRE(first.has_value());
    BOOST_REQUIRE(second.has_value());
    BOOST_TEST((first->where == topic_partition{orders.topic, 2}));
    BOOST_TEST(first->offset == 0);
    BOOST_TEST(second->offset == 1);
    BOOST_TEST(producer.outstanding() == 0);

    const auto log = co_await orders.log();
    BOOST_REQUIRE(log.size() == 2);
    BOOST_TEST((log[0].key() == "k"));
    BOOST_TEST((log[0].value() == "v"));
    BOOST_TEST((log[0].time() == what.time));
    BOOST_TEST(!log[1].value().has_value());
    const auto headers = log[0].headers();
    BOOST_REQUIRE(headers.size() == 3);
    BOOST_TEST((headers[0].value == "7"));
    BOOST_TEST((headers[1].value == ""));
    BOOST_TEST(!headers[2].value.has_value());
}

SLUICE_TEST_CASE(the_records_of_a_key_are_in_the_log_in_the_order_of_their_sends, 60s)
{
    cluster orders;
    const auto loop = co_await asio::this_coro::executor;
    kafka::producer producer{loop, orders.with(), {}, orders.blocking, {}};
    constexpr int senders = 64, each = 157;  // more than 10,000
    int acknowledged = 0;
    auto send = [&](int sender) -> awaitable<> {
        for (int i = 0; i < each; ++i) {
            auto what = make(orders.topic, std::to_string(sender), std::to_string(i));
            const auto sent = co_await producer.send(std::move(what));
            if (sent) ++acknowledged;
        }
    };
    auto all = [&](scope& children) -> awaitable<> {
        for (int sender = 0; sender < senders; ++sender) children.spawn(send(sender));
        co_return;
    };
    co_await with_scope({}, all);
    BOOST_TEST(acknowledged == senders * each);

    std::map<std::string, int> next;
    for (const auto log = co_await orders.log(); const auto& each_record : log) {
        auto& expected = next[std::string{*each_record.key()}];
        BOOST_REQUIRE(*each_record.value() == std::to_string(expected));
        ++expected;
    }
    BOOST_TEST(next.size() == senders);
    for (const auto& [key, count] : next) BOOST_TEST(count == each);
}

SLUICE_TEST_CASE(one_wait_for_many_sends_answers_each_in_order)
{
    cluster orders;
    const auto loop = co_await asio::this_coro::executor;
    kafka::producer producer{loop, orders.with({{"message.max.bytes", "2000"}}), {}, orders.blocking, {}};
    std::vector<outgoing> many;
    for (int i = 0; i < 5000; ++i) many.push_back(make(orders.topic, "same", std::to_string(i)));
    many[17].value = std::string(10'000, 'x');
    const auto answers = co_await producer.send_all(std::move(many));
    BOOST_REQUIRE(answers.size() == 5000);
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < answers.size(); ++i)
        if (i == 17)
            BOOST_TEST((answers[i].has_error() && answers[i].error() == errc::invalid));
        else
            BOOST_REQUIRE((answers[i].has_value() && answers[i]->offset == offset++));
    auto none = std::vector<outgoing>{};
    const auto nothing = co_await producer.send_all(std::move(none));
    BOOST_TEST(nothing.empty());
}

SLUICE_TEST_CASE(a_key_lands_on_the_partition_that_java_chooses)
{
    cluster orders{12};
    const auto loop = co_await asio::this_coro::executor;
    kafka::producer producer{loop, orders.with(), {}, orders.blocking, {}};
    // From Kafka's own UtilsTest: murmur2("21") = -973932308, murmur2("foobar") = -790332482.
    BOOST_TEST(java_partition("21", 1000) == (-973932308 & 0x7fffffff) % 1000);
    BOOST_TEST(java_partition("foobar", 1000) == (-790332482 & 0x7fffffff) % 1000);
    std::vector<std::string> keys{"21", "foobar", "a-little-bit-long-string",
                                  "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"};
    for (int i = 0; i < 500; ++i) keys.push_back(std::string(static_cast<std::size_t>(i % 9), 'k') + std::to_string(i));
    std::vector<outgoing> all;
    for (const auto& key : keys) all.push_back(make(orders.topic, key, "v"));
    const auto answers = co_await producer.send_all(std::move(all));
    for (std::size_t i = 0; i < keys.size(); ++i) {
        BOOST_REQUIRE(answers[i].has_value());
        BOOST_TEST(answers[i]->where.partition == java_partition(keys[i], 12), keys[i]);
    }
}

SLUICE_TEST_CASE(a_full_queue_makes_senders_wait_in_their_order)
{
    cluster orders{1};
    const auto loop = co_await asio::this_coro::executor;
    kafka::producer producer{loop, orders.with({{"queue.buffering.max.messages", "3"}}), {}, orders.blocking, {}};
    std::vector<int> answered;
    auto send = [&](int i) -> awaitable<> {
        auto what = make(orders.topic, "k", std::to_string(i));
        const auto sent = co_await producer.send(std::move(what));
        if (sent) answered.push_back(i);
    };
    auto all = [&](scope& children) -> awaitable<> {
        for (int i = 0; i < 200; ++i) children.spawn(send(i));
        co_return;
    };
    co_await with_scope({}, all);
    std::vector<int> expected(200);
    std::iota(expected.begin(), expected.end(), 0);
    BOOST_TEST(answered == expected, boost::test_tools::per_element());
    const auto log = co_await orders.log();
    BOOST_REQUIRE(log.size() == 200);
    for (std::size_t i = 0; i < log.size(); ++i) BOOST_TEST((log[i].value() == std::to_string(i)));
}

SLUICE_TEST_CASE(beyond_the_bound_on_waiting_sends_the_answer_comes_at_once)
{
    cluster orders;
    const auto loop = co_await asio::this_coro::executor;
    kafka::producer producer{loop, orders.with(), {.waiting = 10}, orders.blocking, {}};
    std::vector<outgoing> many;
    for (int i = 0; i < 12; ++i) many.push_back(make(orders.topic, "k", std::to_string(i)));
    const auto answers = co_await producer.send_all(std::move(many));
    BOOST_TEST(answers[9].has_value());
    BOOST_REQUIRE(answers[10].has_error());
    BOOST_TEST((answers[10].error() == errc::not_sent));
    BOOST_TEST((answers[11].error() == errc::not_sent));
    const auto log = co_await orders.log();
    BOOST_TEST(log.size() == 10);
}

SLUICE_TEST_CASE(a_cancelled_wait_does_not_end_the_send)
{
    cluster orders;
    const auto loop = co_await asio::this_coro::executor;
    kafka::producer producer{loop, orders.with(), {}, orders.blocking, {}};
    orders.broker.round_trip_time(300ms);
    cancellation stop;
    bool aborted = false;
    auto send = [&]() -> awaitable<> {
        auto what = make(orders.topic, "k", std::string(100'000, 'x'));
        try {
            co_await producer.send(std::move(what));
        } catch (const boost::system::system_error& ended) {
            aborted = ended.code() == asio::error::operation_aborted;
        }
    };
    scope children{loop, stop.token()};
    children.spawn(send());
    const auto is_on_its_way = [&] { return producer.outstanding() != 0; };
    co_await testing::until(is_on_its_way, "the record is on its way");
    stop.cancel(cancel_reason::unwanted);
    co_await children.join();
    BOOST_TEST(aborted);
    BOOST_TEST(producer.outstanding() == 1);
    const auto deadline = co_await in(10s);
    const auto unsent = co_await producer.close(deadline);
    BOOST_TEST(unsent == 0);
    const auto log = co_await orders.log();
    BOOST_REQUIRE(log.size() == 1);
    BOOST_TEST((log[0].value() == std::string(100'000, 'x')));
}

SLUICE_TEST_CASE(a_bounded_wait_does_not_end_the_send)
{
    cluster orders;
    const auto loop = co_await asio::this_coro::executor;
    kafka::producer producer{loop, orders.with(), {}, orders.blocking, {}};
    auto soon = make(orders.topic, "k", "first");
    const auto in_time = co_await in(10s);
    const auto answered = co_await producer.send_until(std::move(soon), in_time);
    BOOST_TEST(answered.value().offset == 0);

    orders.broker.round_trip_time(300ms);
    auto late = make(orders.topic, "k", "second");
    const auto too_soon = co_await in(50ms);
    const auto unknown = co_await producer.send_until(std::move(late), too_soon);
    BOOST_TEST((unknown.error() == errc::outcome_unknown));
    BOOST_TEST(producer.outstanding() == 1);
    const auto deadline = co_await in(10s);
    const auto unsent = co_await producer.close(deadline);
    BOOST_TEST(unsent == 0);
    const auto log = co_await orders.log();
    BOOST_TEST(log.size() == 2);
}

SLUICE_TEST_CASE(what_never_left_while_the_broker_is_away_is_surely_not_sent, 60s)
{
    cluster orders;
    const auto loop = co_await asio::this_coro::executor;
    kafka::producer producer{loop, orders.with(), {.delivery_timeout = 1500ms}, orders.blocking, {}};
    auto before = make(orders.topic, "k", "before");
    const auto first = co_await producer.send(std::move(before));
    BOOST_TEST(first.has_value());
    orders.broker.down();
    // Until the client has noticed, a record may still be written to the dying connection.
    auto noticed = make(orders.topic, "k", "at the same time");
    const auto second = co_await producer.send(std::move(noticed));
    BOOST_TEST(second.has_error());
    auto meanwhile = make(orders.topic, "k", "meanwhile");
    const auto third = co_await producer.send(std::move(meanwhile));
    BOOST_REQUIRE(third.has_error());
    BOOST_TEST((third.error() == errc::not_sent), third.error().message());
    orders.broker.up();
    auto after = make(orders.topic, "k", "after");
    const auto again = co_await sends_again(producer, std::move(after));
    BOOST_TEST(again);

    std::set<std::string> values;
    for (const auto log = co_await orders.log(); const auto& each : log) values.emplace(*each.value());
    BOOST_TEST(values.contains("before"));
    BOOST_TEST(!values.contains("meanwhile"));
    BOOST_TEST(values.contains("after"));
}

SLUICE_TEST_CASE(what_left_without_an_answer_has_an_unknown_outcome, 60s)
{
    cluster orders;
    const auto loop = co_await asio::this_coro::executor;
    kafka::producer producer{loop, orders.with(), {.delivery_timeout = 1500ms}, orders.blocking, {}};
    auto before = make(orders.topic, "k", "before");
    const auto first = co_await producer.send(std::move(before));
    BOOST_TEST(first.has_value());
    orders.broker.round_trip_time(20s);
    auto held = make(orders.topic, "k", "held");
    const auto second = co_await producer.send(std::move(held));
    BOOST_REQUIRE(second.has_error());
    BOOST_TEST((second.error() == errc::outcome_unknown), second.error().message());
    orders.broker.round_trip_time(0ms);
    // The producer goes on, whatever became of that record.
    auto after = make(orders.topic, "k", "after");
    const auto again = co_await sends_again(producer, std::move(after));
    BOOST_TEST(again);
    std::set<std::string> values;
    for (const auto log = co_await orders.log(); const auto& each : log) values.emplace(*each.value());
    BOOST_TEST(values.contains("after"));
}

SLUICE_TEST_CASE(what_only_a_later_request_vouches_for_has_an_unknown_outcome)
{
    cluster orders{1};
    const auto loop = co_await asio::this_coro::executor;
    kafka::producer producer{loop, orders.with(), {}, orders.blocking, {}};
    const auto known = co_await producer.send(make(orders.topic, "k", "connects"));
    BOOST_REQUIRE(known.has_value());

    orders.broker.round_trip_time(300ms);
    constexpr std::int16_t produce = 0;
    orders.broker.fail_next(produce, std::array{static_cast<int>(RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION)});
    std::vector<result<position>> answers;
    const auto send = [&](std::string value) -> awaitable<> {
        answers.push_back(co_await producer.send(make(orders.topic, "k", std::move(value))));
    };
    const auto both = [&](scope& sends) -> awaitable<> {
        sends.spawn(send("refused, for now"));
        co_await planned_pause(50ms);  // a request of its own
        sends.spawn(send("accepted"));
    };
    co_await with_scope({}, both);
    orders.broker.round_trip_time(0ms);
    std::size_t acknowledged = 1;
    for (const auto& answer : answers)
        if (answer)
            ++acknowledged;
        else
            BOOST_TEST((answer.error() == errc::outcome_unknown), answer.error().message());
    const auto log = co_await orders.log();
    BOOST_TEST(log.size() >= acknowledged);
    BOOST_TEST_MESSAGE(acknowledged << " acknowledged, " << log.size() << " in the log");
}

SLUICE_TEST_CASE(a_record_that_the_broker_refuses_can_never_be_sent)
{
    cluster orders;
    const auto loop = co_await asio::this_coro::executor;
    kafka::producer producer{loop, orders.with(), {}, orders.blocking, {}};
    outgoing what = make(orders.topic, "k", "v");
    what.partition = 99;
    const auto nowhere = co_await producer.send(what);
    BOOST_REQUIRE(nowhere.has_error());
    BOOST_TEST((nowhere.error() == errc::invalid), nowhere.error().message());

    what.partition.reset();
    constexpr std::int16_t produce = 0;
    orders.broker.fail_next(produce, std::array{static_cast<int>(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)});
    const auto large = co_await producer.send(what);
    BOOST_REQUIRE(large.has_error());
    BOOST_TEST((large.error() == errc::invalid), large.error().message());
    const auto accepted = co_await producer.send(what);
    BOOST_TEST(accepted.has_value());

    orders.broker.fail_next(produce, std::array{static_cast<int>(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)});
    const auto forbidden = co_await producer.send(what);
    BOOST_REQUIRE(forbidden.has_error());
    BOOST_TEST((forbidden.error() == errc::invalid), forbidden.error().message());
    BOOST_TEST(forbidden.error().message().find("TOPIC_AUTHORIZATION_FAILED") != std::string::npos);

    what.topic = std::string(1000, 'x');
    const auto misnamed = co_await producer.send(what);
    BOOST_REQUIRE(misnamed.has_error());
    BOOST_TEST((misnamed.error() == errc::invalid), misnamed.error().message());
}

SLUICE_TEST_CASE(a_producer_that_fails_for_good_is_replaced)
{
    cluster orders;
    const auto loop = co_await asio::this_coro::executor;
    bool told = false;
    const auto listen = [&, here = std::this_thread::get_id()](std::string_view line) {
        if (std::this_thread::get_id() != here) return;  // librdkafka's own words
        told = told || line.find("a new producer takes its place") != std::string_view::npos;
    };
    const auto lines = logger::to(listen, log_level::error);
    kafka::producer producer{loop, orders.with(), {}, orders.blocking, lines};
    auto what = make(orders.topic, "k", "v");
    const auto before = co_await producer.send(what);
    BOOST_TEST(before.has_value());
    // The broker is missing records that the producer knows to be in the log.
    constexpr std::int16_t produce = 0;
    orders.broker.fail_next(produce, std::array{static_cast<int>(RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER)});
    const auto failed = co_await producer.send(what);
    BOOST_REQUIRE(failed.has_error());
    BOOST_TEST((failed.error() == errc::outcome_unknown), failed.error().code.message());
    const auto after = co_await producer.send(what);
    BOOST_TEST(after.has_value());
    BOOST_TEST(told);
}

SLUICE_TEST_CASE(a_send_is_answered_even_if_no_report_comes, 120s)
{
    cluster orders;
    const auto loop = co_await asio::this_coro::executor;
    // While it waits to connect again, each time for longer, librdkafka may not look for expired records.
    const auto patient = orders.with({{"reconnect.backoff.max.ms", "600000"}});
    kafka::producer producer{loop, patient, {.delivery_timeout = 500ms}, orders.blocking, {}};
    const auto what = make(orders.topic, "k", "v");
    const auto before = co_await sends_again(producer, what);
    BOOST_TEST(before);
    orders.broker.down();
    for (int i = 0; i < 5; ++i) {
        const auto started = clock::of(loop).now();
        const auto failed = co_await producer.send(what);
        BOOST_TEST(failed.has_error());
        BOOST_TEST((clock::of(loop).now() - started < 6s));
    }
}

SLUICE_TEST_CASE(close_waits_for_what_is_on_its_way)
{
    cluster orders;
    const auto loop = co_await asio::this_coro::executor;
    kafka::producer producer{loop, orders.with(), {}, orders.blocking, {}};
    int answered = 0;
    auto send = [&]() -> awaitable<> {
        auto what = make(orders.topic, "k", "v");
        const auto sent = co_await producer.send(std::move(what));
        if (sent) ++answered;
    };
    scope children{loop};
    for (int i = 0; i < 100; ++i) children.spawn(send());
    while (producer.outstanding() < 100) co_await asio::post(loop, asio::use_awaitable);
    const auto deadline = co_await in(10s);
    const auto unsent = co_await producer.close(deadline);
    co_await children.join();
    BOOST_TEST(unsent == 0);
    BOOST_TEST(answered == 100);
    auto late = make(orders.topic, "k", "v");
    const auto refused = co_await producer.send(std::move(late));
    BOOST_TEST((refused.has_error() && refused.error() == errc::closed));
}

SLUICE_TEST_CASE(close_counts_what_was_not_sent)
{
    cluster orders;
    orders.broker.down();
    const auto loop = co_await asio::this_coro::executor;
    kafka::producer producer{loop, orders.with({{"queue.buffering.max.messages", "20"}}), {}, orders.blocking, {}};
    int not_sent = 0;
    auto send = [&]() -> awaitable<> {
        auto what = make(orders.topic, "k", "v");
        const auto sent = co_await producer.send(std::move(what));
        if (sent.has_error() && sent.error() == errc::not_sent) ++not_sent;
    };
    scope children{loop};
    for (int i = 0; i < 50; ++i) children.spawn(send());
    while (producer.outstanding() < 50) co_await asio::post(loop, asio::use_awaitable);
    const auto deadline = co_await in(100ms);
    const auto unsent = co_await producer.close(deadline);
    co_await children.join();
    BOOST_TEST(unsent == 50);
    BOOST_TEST(not_sent == 50);
}

SLUICE_TEST_CASE(a_producer_that_goes_answers_its_sends)
{
    cluster orders;
    orders.broker.down();
    const auto loop = co_await asio::this_coro::executor;
    std::optional<kafka::producer> producer;
    producer.emplace(loop, orders.with(), kafka::producer_settings{}, orders.blocking, logger{});
    int failed = 0;
    auto send = [&]() -> awaitable<> {
        auto what = make(orders.topic, "k", "v");
        const auto sent = co_await producer->send(std::move(what));
        if (!sent) ++failed;
    };
    scope children{loop};
    for (int i = 0; i < 10; ++i) children.spawn(send());
    while (producer->outstanding() < 10) co_await asio::post(loop, asio::use_awaitable);
    producer.reset();
    co_await children.join();
    BOOST_TEST(failed == 10);
}

SLUICE_TEST_CASE(the_partitions_of_a_topic_are_known_once_asked_for)
{
    cluster orders{7};
    const auto loop = co_await asio::this_coro::executor;
    kafka::producer producer{loop, orders.with(), {}, orders.blocking, {}};
    BOOST_TEST(!producer.partitions_of(orders.topic).has_value());
    const auto found = co_await producer.learn(orders.topic);
    BOOST_REQUIRE(found.has_value());
    BOOST_TEST(*found == 7);
    BOOST_TEST(producer.partitions_of(orders.topic).value() == 7);
}

SLUICE_TEST_CASE(bad_settings_are_told_when_a_producer_is_made)
{
    offload blocking;
    const auto loop = co_await asio::this_coro::executor;
    const kafka::settings bad{.properties = {{"linger", "5"}}};
    BOOST_CHECK_EXCEPTION((kafka::producer{loop, bad, {}, blocking, {}}), failure, [](const failure& why) {
        return why.why() == errc::invalid && std::string{why.what()}.find("`linger`") != std::string::npos;
    });
    const kafka::settings endless{.properties = {{"message.timeout.ms", "0"}}};
    BOOST_CHECK_THROW((kafka::producer{loop, endless, {}, blocking, {}}), failure);
}
