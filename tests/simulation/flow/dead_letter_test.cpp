#include "simulation/flow/stage.hpp"

#include <algorithm>

namespace {

struct amount {
    std::string account;
    std::int64_t cents = 0;
};
BOOST_DESCRIBE_STRUCT(amount, (), (account, cents))

}  // namespace

namespace sluice::testing {

namespace {

using namespace std::string_literals;

const topic<amount> amounts{"in", &amount::account};

}  // namespace

SLUICE_VIRTUAL_TEST_CASE(an_undecodable_record_becomes_a_dead_letter_with_its_bytes_and_the_partition_goes_on)
{
    stage s{co_await asio::this_coro::executor, 3};
    s.settings.handler = "booking";
    s.settings.retry = {.attempts = 5, .first_delay = 1min, .max_delay = 1min};
    const auto bytes = "\xff\0{"s;
    const auto sent = s.broker.time().wall();
    co_await sleep_for(10s);
    s.put(bytes, "acc\0t"s, 2, {{"traceparent", "00-ab"}, {"mine", std::nullopt}, {"mine", "2"}});
    s.put(R"({"account": "a", "cents": 5})", "a", 2);
    std::vector<std::int64_t> booked;
    auto book = [&booked](amount what, context&) -> awaitable<> {
        booked.push_back(what.cents);
        co_return;
    };
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed(2) == 2; }); };
    co_await s.run(typed(amounts, book), script);
    BOOST_TEST(booked == std::vector<std::int64_t>{5}, boost::test_tools::per_element());

    const auto in_its_partition = s.broker.log().read({"in.g.dlt", 2});
    BOOST_REQUIRE(in_its_partition.size() == 1u);
    const auto& letter = in_its_partition.front();
    BOOST_TEST((letter.key == "acc\0t"s));
    BOOST_TEST((letter.value == bytes));
    const headers original{{"traceparent", "00-ab"}, {"mine", std::nullopt}, {"mine", "2"}};
    BOOST_TEST(std::ranges::equal(original, std::span{letter.headers}.first(3)));
    BOOST_TEST((letter.time == sent + 10s));

    const auto says = [&](std::string_view name) { return letter.header(name).value_or("(none)"); };
    const auto now = std::to_string((sent + 10s).time_since_epoch().count());
    BOOST_TEST(says("sluice-id") == "in/2/0");
    BOOST_TEST(says("sluice-attempt") == "1");
    BOOST_TEST(says("sluice-first-failure") == now);
    BOOST_TEST(says("sluice-error-class") == "decode");
    BOOST_TEST(says("sluice-handler") == "booking");
    BOOST_TEST(says("sluice-group") == "g");
    BOOST_TEST(says("kafka_dlt-original-topic") == "in");
    BOOST_TEST(says("kafka_dlt-original-partition") == "\0\0\0\2"s);
    BOOST_TEST(says("kafka_dlt-original-offset") == "\0\0\0\0\0\0\0\0"s);
    // 1,700,000,010,000 ms
    BOOST_TEST(says("kafka_dlt-original-timestamp") == "\0\0\x01\x8b\xcf\xe5\x8f\x10"s);
    BOOST_TEST(says("kafka_dlt-original-timestamp-type") == "CreateTime");
    BOOST_TEST(says("kafka_dlt-original-consumer-group") == "g");
    BOOST_TEST(says("kafka_dlt-exception-fqcn") == "sluice::undecodable");
    BOOST_TEST(says("kafka_dlt-exception-message") == says("sluice-error"));
    BOOST_TEST(says("error") == says("sluice-error"));
    BOOST_TEST(says("original-topic") == "in");
    BOOST_TEST(s.totals().dead_lettered == 1u);
    BOOST_TEST(s.totals().handled == 1u);
    BOOST_TEST(s.totals().retried == 0u);
}

SLUICE_VIRTUAL_TEST_CASE(a_failed_dead_letter_blocks_the_commit_until_it_is_acknowledged)
{
    stage s{co_await asio::this_coro::executor};
    scripted_handler h{s};
    h.failures["poison"] = -1;
    s.put("poison");
    s.put("behind");
    s.broker.habits().send = [](const outgoing&) {
        fate refused;
        refused.fails = error{errc::not_sent, "the broker is away"};
        refused.happens = false;
        return refused;
    };
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(2h);
        BOOST_TEST(s.committed().value_or(0) == 0);
        BOOST_TEST(s.dead_letters().empty());
        BOOST_TEST(h.started.size() == 1u);
        s.broker.habits().send = [](const outgoing&) { return fate{}; };
        co_await s.until([&] { return s.committed() == 2; });
        BOOST_TEST((s.elapsed() <= 2h + s.settings.sending.max_delay + s.settings.commit_interval + 2ms));
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(s.dead_letters().size() == 1u);
    BOOST_TEST(h.ended == (std::vector<std::string>{"behind"}), boost::test_tools::per_element());
}

SLUICE_VIRTUAL_TEST_CASE(a_missing_dead_letter_topic_blocks_its_partition_and_loses_nothing)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.group = "other";
    scripted_handler h{s};
    h.failures["poison"] = -1;
    s.put("poison");
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(10min);
        BOOST_TEST(s.committed().value_or(0) == 0);
        s.broker.log().create("in.other.dlt", 1);
        co_await s.until([&] { return s.committed() == 1; });
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(s.broker.log().read({"in.other.dlt", 0}).size() == 1u);
}

SLUICE_VIRTUAL_TEST_CASE(a_permanent_failure_is_not_retried)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.retry = {.attempts = 5};
    int called = 0;
    auto handler = [&called](const record&, context&) -> awaitable<reply> {
        ++called;
        throw permanent_failure{"no such account"};
        co_return reply{};
    };
    s.put("a");
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 1; }); };
    co_await s.run(handler, script);
    BOOST_TEST(called == 1);
    const auto letters = s.dead_letters();
    BOOST_REQUIRE(letters.size() == 1u);
    BOOST_TEST(*letters[0].header("sluice-error-class") == "permanent");
    BOOST_TEST(*letters[0].header("sluice-error") == "no such account");
    BOOST_TEST(*letters[0].header("kafka_dlt-exception-fqcn") == "sluice::permanent_failure");
}

SLUICE_VIRTUAL_TEST_CASE(whatever_a_handler_throws_is_a_failure_of_its_record_alone)
{
    stage s{co_await asio::this_coro::executor};
    auto handler = [](const record& what, context&) -> awaitable<reply> {
        if (*what.value() == "number") throw 42;
        if (*what.value() == "aborted") throw boost::system::system_error{asio::error::operation_aborted};
        co_return reply{};
    };
    for (const auto* value : {"number", "aborted", "fine"}) s.put(value);
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 3; }); };
    co_await s.run(handler, script);
    BOOST_TEST(s.dead_letters().size() == 2u);
    BOOST_TEST(s.totals().handled == 1u);
}

SLUICE_VIRTUAL_TEST_CASE(a_handler_that_throws_before_it_is_a_coroutine_fails_its_record_alone)
{
    stage s{co_await asio::this_coro::executor};
    auto handler = [](const record&, context&) -> awaitable<reply> { throw std::runtime_error{"at once"}; };
    s.put("a");
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 1; }); };
    co_await s.run(handler, script);
    BOOST_TEST(s.dead_letters().size() == 1u);
}

SLUICE_VIRTUAL_TEST_CASE(a_reply_that_can_never_be_sent_makes_a_dead_letter_of_its_record)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.retry = {.attempts = 5};
    scripted_handler h{s};
    h.replies["a"].add({"no such topic", {}, "A", {}, {}, {}});
    s.put("a");
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 1; }); };
    co_await s.run(h.get(), script);
    const auto letters = s.dead_letters();
    BOOST_REQUIRE(letters.size() == 1u);
    BOOST_TEST(*letters[0].value == "a");
    BOOST_TEST(*letters[0].header("sluice-error-class") == "permanent");
}

SLUICE_VIRTUAL_TEST_CASE(a_poison_key_holds_back_only_itself)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.order = by_key{};
    s.settings.retry = {.attempts = 4, .first_delay = 1min, .max_delay = 1min};
    scripted_handler h{s};
    h.failures["poison"] = -1;
    s.put("poison", "bad");
    s.put("bad 2", "bad");
    for (int i = 0; i < 100; ++i) s.put("good " + std::to_string(i), "good " + std::to_string(i % 7));
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1s);
        BOOST_TEST(h.ended.size() == 100u);
        co_await s.until([&] { return s.committed() == 102; });
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.ended.back() == "bad 2");
    BOOST_TEST(s.dead_letters().size() == 1u);
}

SLUICE_VIRTUAL_TEST_CASE(without_dead_letters_a_record_that_fails_for_good_ends_the_flow_with_its_error)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.dead_letters = false;
    s.settings.retry = {.attempts = 2, .first_delay = 1s};
    scripted_handler h{s};
    h.failures["poison"] = -1;
    s.put("fine");
    s.put("poison");
    s.put("behind");
    std::string why;
    auto script = []() -> awaitable<> { co_await sleep_for(24h); };
    try {
        co_await s.run(h.get(), script);
    } catch (const std::runtime_error& error) {
        why = error.what();
    }
    BOOST_TEST(why == "not today");
    BOOST_TEST(*s.committed() == 1);
    BOOST_TEST(s.member.closed());
    BOOST_TEST((s.elapsed() < 2s));
}

}  // namespace sluice::testing
