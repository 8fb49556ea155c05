#include "simulation/flow/stage.hpp"

#include <algorithm>

namespace sluice::testing {

namespace {

using strings = std::vector<std::string>;
using kind = step::kind;

fate told(errc code, bool happens = false, duration after = {})
{
    fate next;
    next.after = after;
    next.fails = error{code};
    next.happens = happens;
    return next;
}

fate slow(duration after)
{
    fate next;
    next.after = after;
    return next;
}

/// A stage with an exactly-once flow, whose handler emits for "x" the record "x!".
struct transactional_stage : stage {
    explicit transactional_stage(const asio::any_io_executor& executor, std::int32_t partitions = 1)
        : stage{executor, partitions}
    {
        settings.mode = delivery::exactly_once;
        settings.order = by_key{16};
    }

    void put_emitting(const std::string& value, std::int32_t partition = 0)
    {
        put(value, value, partition);
        reply answer;
        answer.add({"out", "k", value + "!"});
        handler.replies[value] = std::move(answer);
    }
    void put_many(int count, std::int32_t partitions = 1)
    {
        for (int i = 0; i < count; ++i) put_emitting(std::to_string(i), i % partitions);
    }

    /// How often each output is there, where that is not once.
    [[nodiscard]] std::map<std::string, int> wrong(int count) const
    {
        std::map<std::string, int> times;
        for (int i = 0; i < count; ++i) times[std::to_string(i) + "!"];
        for (const auto& one : emitted()) ++times[*one.value];
        std::erase_if(times, [](const auto& one) { return one.second == 1; });
        return times;
    }

    /// Another process of the group, which gets all partitions; it runs until `what` ends.
    awaitable<> run_heir(script what)
    {
        auto& second = broker.join(group);
        flow next{
            second, broker.transactional_producer(), settings,
            flow_environment{.log = {}, .numbers = numbers, .time = broker.time(), .stop = stop.token(), .seed = 1}};
        auto body = [&](scope& children) -> awaitable<> {
            children.spawn(next.run(handler.get()));
            group.assign(second, broker.log().all_of("in"));
            co_await what();
            stop.cancel(cancel_reason::shutdown);
        };
        co_await with_scope({}, body);
    }

    scripted_handler handler{*this};
};

}  // namespace

SLUICE_VIRTUAL_TEST_CASE(what_a_handler_emits_is_not_there_before_its_offset_is_committed)
{
    transactional_stage s{co_await asio::this_coro::executor};
    s.put_emitting("slow");
    s.put_emitting("fast");
    s.handler.takes["slow"] = 10s;
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(9s);
        BOOST_TEST(s.handler.ended == strings{"fast"}, boost::test_tools::per_element());
        BOOST_TEST(s.emitted().empty());
        BOOST_TEST(!s.committed().has_value());
        BOOST_TEST(s.totals().handled == 0U);
        co_await s.until([&] { return s.committed() == 2; });
        BOOST_REQUIRE(s.emitted().size() == 2U);
        BOOST_TEST(*s.emitted()[0].value == "slow!");  // in the order of the log
        BOOST_TEST(*s.emitted()[1].value == "fast!");
        BOOST_TEST((s.elapsed() <= 10s + s.settings.transaction.age));
    };
    co_await s.run(s.handler.get(), script);
    BOOST_TEST(s.totals().handled == 2U);
    BOOST_TEST(s.transactions.committed() == 1U);
}

SLUICE_VIRTUAL_TEST_CASE(a_transaction_begins_with_so_many_records_and_takes_no_more)
{
    transactional_stage s{co_await asio::this_coro::executor};
    s.settings.transaction = {.records = 10, .age = 1h};
    s.put_many(35);
    auto script = [&]() -> awaitable<> {
        co_await s.until([&] { return s.committed() == 30; });
        BOOST_TEST((s.elapsed() < 1s));  // not for their age
        BOOST_TEST(s.transactions.committed() == 3U);
        co_await s.until([&] { return s.committed() == 35; });
    };
    co_await s.run(s.handler.get(), script);
    BOOST_TEST(s.wrong(35).empty());
}

SLUICE_VIRTUAL_TEST_CASE(handlers_go_on_while_a_transaction_is_on_its_way_until_three_times_its_size_is_kept)
{
    transactional_stage s{co_await asio::this_coro::executor};
    s.settings.transaction.records = 10;
    s.broker.habits().cut = [](std::size_t) { return 1; };
    s.put_many(100);
    s.transactions.script_transaction(slow(1min));
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(30s);
        BOOST_TEST(s.handler.ended.size() >= 30U);
        BOOST_TEST(s.handler.ended.size() <= 32U);  // one was on its way, one in hand
        BOOST_TEST(s.emitted().empty());
        co_await s.until([&] { return s.committed() == 100; });
    };
    co_await s.run(s.handler.get(), script);
    BOOST_TEST(s.wrong(100).empty());
}

SLUICE_VIRTUAL_TEST_CASE(a_transaction_full_of_what_is_handed_over_does_not_stop_the_loop)
{
    transactional_stage s{co_await asio::this_coro::executor};
    s.settings.transaction.records = 2;
    s.put_emitting("first");
    s.put_emitting("a");
    s.put_emitting("b");
    s.put_emitting("slow");
    s.handler.takes = {{"a", 500ms}, {"b", 500ms}, {"slow", 8s}};
    s.transactions.script_transaction(slow(5s));
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1s);
        s.group.revoke({{"in", 0}});
        co_await sleep_for(6s);
        BOOST_TEST(*s.committed() == 3);  // while it drains
        co_await s.until([&] { return s.group.owner({"in", 0}) == nullptr; });
        BOOST_TEST(*s.committed() == 4);
    };
    co_await s.run(s.handler.get(), script);
    BOOST_TEST(s.emitted().size() == 4U);
}

SLUICE_VIRTUAL_TEST_CASE(large_outputs_close_the_intake_before_there_are_many)
{
    transactional_stage s{co_await asio::this_coro::executor};
    s.settings.transaction.bytes = 10'000;
    s.broker.habits().cut = [](std::size_t) { return 1; };
    for (int i = 0; i < 100; ++i) {
        s.put(std::to_string(i), std::to_string(i));
        s.handler.replies[std::to_string(i)].add({"out", "k", std::string(1000, 'x')});
    }
    s.transactions.script_transaction(slow(1min));
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(30s);
        BOOST_TEST(s.handler.ended.size() <= 12U);
        co_await s.until([&] { return s.committed() == 100; });
    };
    co_await s.run(s.handler.get(), script);
    BOOST_TEST(s.emitted().size() == 100U);
}

SLUICE_VIRTUAL_TEST_CASE(an_aborted_transaction_is_sent_again_without_handling_again)
{
    transactional_stage s{co_await asio::this_coro::executor};
    s.put_many(20);
    for (const auto code : {errc::not_sent, errc::rebalancing, errc::assignment_lost, errc::not_sent})
        s.transactions.script_transaction(told(code));
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 20; }); };
    co_await s.run(s.handler.get(), script);
    BOOST_TEST(s.handler.started.size() == 20U);
    BOOST_TEST(s.wrong(20).empty());
    BOOST_TEST(s.transactions.aborted() == 4U);
}

SLUICE_VIRTUAL_TEST_CASE(a_producer_fenced_in_the_middle_sends_again_what_was_aborted)
{
    transactional_stage s{co_await asio::this_coro::executor};
    s.put_many(20);
    s.transactions.script_transaction(slow(5s));
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(2s);
        s.transactions.fence();
        co_await s.until([&] { return s.committed() == 20; });
    };
    co_await s.run(s.handler.get(), script);
    BOOST_TEST(s.wrong(20).empty());
    BOOST_TEST(s.transactions.aborted() == 1U);
}

SLUICE_VIRTUAL_TEST_CASE(an_unknown_outcome_that_was_a_commit_is_not_sent_again)
{
    transactional_stage s{co_await asio::this_coro::executor};
    s.put_many(20);
    s.transactions.script_transaction(told(errc::outcome_unknown, true));
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.totals().handled == 20; }); };
    co_await s.run(s.handler.get(), script);
    BOOST_TEST(s.wrong(20).empty());
    BOOST_TEST(s.transactions.committed() == 1U);
}

SLUICE_VIRTUAL_TEST_CASE(an_unknown_outcome_that_was_an_abort_is_sent_again)
{
    transactional_stage s{co_await asio::this_coro::executor};
    s.put_many(20);
    s.transactions.script_transaction(told(errc::outcome_unknown, false));
    s.transactions.script_transaction(told(errc::outcome_unknown, false));
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 20; }); };
    co_await s.run(s.handler.get(), script);
    BOOST_TEST(s.wrong(20).empty());
    BOOST_TEST(s.handler.started.size() == 20U);
}

SLUICE_VIRTUAL_TEST_CASE(a_revocation_in_the_middle_of_a_transaction_waits_for_it_and_for_one_last)
{
    transactional_stage s{co_await asio::this_coro::executor, 2};
    s.settings.transaction.age = 1h;
    s.settings.transaction.records = 10;
    s.put_many(10, 2);
    s.transactions.script_transaction(slow(5s));
    auto script = [&]() -> awaitable<> {
        co_await s.until([&] { return s.handler.ended.size() == 10; });
        co_await sleep_for(1s);
        s.put_emitting("10", 0);
        co_await sleep_for(1s);
        s.group.revoke({{"in", 0}});
        co_await sleep_for(1s);
        BOOST_TEST(s.group.owner({"in", 0}) == &s.member);
        co_await s.until([&] { return s.group.owner({"in", 0}) == nullptr; });
        BOOST_TEST((s.elapsed() < 7s));
        BOOST_TEST(*s.committed(0) == 6);
        BOOST_TEST(*s.committed(1) == 5);
    };
    co_await s.run(s.handler.get(), script);
    BOOST_TEST(s.wrong(11).empty());
}

SLUICE_VIRTUAL_TEST_CASE(what_was_lost_in_the_middle_of_a_transaction_is_dropped_and_the_rest_sent_again)
{
    transactional_stage s{co_await asio::this_coro::executor, 2};
    s.put_many(20, 2);
    s.transactions.script_transaction(slow(5s));
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(2s);
        s.group.lose({{"in", 0}});
        co_await s.until([&] { return s.committed(1) == 10; });
        BOOST_TEST(!s.committed(0).has_value());
        BOOST_TEST(s.emitted().size() == 10U);
        s.group.assign(s.member, {{"in", 0}});
        co_await s.until([&] { return s.committed(0) == 10; });
    };
    co_await s.run(s.handler.get(), script);
    BOOST_TEST(s.wrong(20).empty());
    BOOST_TEST(s.handler.started.size() == 30U);
}

SLUICE_VIRTUAL_TEST_CASE(a_member_that_comes_after_a_crash_in_the_middle_of_a_transaction_begins_where_it_began)
{
    transactional_stage s{co_await asio::this_coro::executor};
    s.put_many(20);
    s.transactions.script_transaction({});
    s.transactions.script_transaction(slow(5s));
    auto script = [&]() -> awaitable<> {
        co_await s.until([&] { return s.committed() == 20; });
        for (int i = 20; i < 40; ++i) s.put_emitting(std::to_string(i));
        co_await sleep_for(1s);
        s.transactions.die();
        s.member.die();
        co_await sleep_for(24h);
    };
    BOOST_CHECK_THROW(co_await s.run(s.handler.get(), script), failure);
    BOOST_TEST(*s.committed() == 20);

    auto until_done = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 40; }); };
    co_await s.run_heir(until_done);
    BOOST_TEST(s.wrong(40).empty());
}

SLUICE_VIRTUAL_TEST_CASE(in_an_exactly_once_flow_attempts_go_on_after_a_crash_and_what_was_not_committed_comes_again)
{
    transactional_stage s{co_await asio::this_coro::executor};
    s.settings.retry = {.attempts = 3, .first_delay = 30min, .max_delay = 30min};
    s.put_many(1);
    s.put("ill", "ill");
    s.put_emitting("1");
    s.handler.failures["ill"] = 1;
    const auto began = std::to_string(s.broker.time().wall().time_since_epoch().count());
    auto script = [&]() -> awaitable<> {
        co_await s.until([&] { return s.committed() == 1; });
        co_await sleep_for(1min);
        s.transactions.die();
        s.member.die();
        co_await sleep_for(24h);
    };
    BOOST_CHECK_THROW(co_await s.run(s.handler.get(), script), failure);
    BOOST_TEST(s.group.committed({"in", 0})->metadata == "sluice/1 1: -1*1@" + began);

    s.handler.started.clear();
    auto until_done = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 3; }); };
    co_await s.run_heir(until_done);
    BOOST_REQUIRE(s.handler.started.size() == 2U);
    BOOST_TEST(s.handler.started[0].number == 2);
    BOOST_TEST(s.handler.started[1].value == "1");
    BOOST_TEST(s.wrong(2).empty());
    BOOST_TEST(s.group.committed({"in", 0})->metadata == "");
}

SLUICE_VIRTUAL_TEST_CASE(a_failed_attempt_is_noted_though_nothing_else_is_to_be_committed_and_only_once)
{
    transactional_stage s{co_await asio::this_coro::executor};
    s.settings.retry = {.attempts = 3, .first_delay = 30min, .max_delay = 30min};
    s.put("ill", "ill");
    s.handler.failures["ill"] = 1;
    auto script = [&]() -> awaitable<> {
        co_await s.until([&] { return s.committed() == 0; });
        co_await sleep_for(1min);
        BOOST_TEST(s.transactions.committed() == 1U);
        co_await s.until([&] { return s.committed() == 1; });
    };
    co_await s.run(s.handler.get(), script);
}

SLUICE_VIRTUAL_TEST_CASE(an_unknown_outcome_is_not_told_by_a_partition_that_only_noted_attempts)
{
    transactional_stage s{co_await asio::this_coro::executor, 3};
    s.settings.retry = {.attempts = 3, .first_delay = 30min, .max_delay = 30min};
    s.handler.failures = {{"ill", 1}, {"sick", 1}};
    s.put_many(3, 3);
    auto script = [&]() -> awaitable<> {
        co_await s.until([&] { return s.committed(0) == 1 && s.committed(1) == 1 && s.committed(2) == 1; });
        s.transactions.script_transaction(told(errc::outcome_unknown, false));
        s.put("ill", "ill", 0);
        s.put_emitting("3", 1);
        s.put("sick", "sick", 2);
        co_await s.until([&] { return s.committed(0) == 2 && s.committed(1) == 2 && s.committed(2) == 2; });
    };
    co_await s.run(s.handler.get(), script);
    BOOST_TEST(s.wrong(4).empty());
}

SLUICE_VIRTUAL_TEST_CASE(a_broker_that_takes_no_metadata_gets_transactions_without)
{
    transactional_stage s{co_await asio::this_coro::executor};
    s.settings.retry = {.attempts = 3, .first_delay = 30min, .max_delay = 30min};
    s.handler.failures["ill"] = 1;
    s.put_many(5);
    s.put("ill", "ill");
    s.transactions.script_transaction(told(errc::invalid));
    auto script = [&]() -> awaitable<> {
        co_await s.until([&] { return s.committed() == 5; });
        BOOST_TEST(s.group.committed({"in", 0})->metadata == "");
        co_await s.until([&] { return s.committed() == 6; });
    };
    co_await s.run(s.handler.get(), script);
    BOOST_TEST(s.wrong(5).empty());
    BOOST_TEST(s.handler.started.size() == 7U);
}

SLUICE_VIRTUAL_TEST_CASE(dead_letters_go_inside_the_transaction)
{
    transactional_stage s{co_await asio::this_coro::executor};
    s.put_emitting("0");
    s.put("poison", "p");
    s.put_emitting("1");
    s.handler.failures["poison"] = -1;
    s.transactions.script_transaction(told(errc::not_sent));
    auto script = [&]() -> awaitable<> {
        co_await s.until([&] { return s.transactions.aborted() == 1; });
        BOOST_TEST(s.dead_letters().empty());
        co_await s.until([&] { return s.committed() == 3; });
    };
    co_await s.run(s.handler.get(), script);
    BOOST_REQUIRE(s.dead_letters().size() == 1U);
    BOOST_TEST(*s.dead_letters()[0].value == "poison");
    BOOST_TEST(s.wrong(2).empty());
    BOOST_TEST(s.totals().dead_lettered == 1U);
    BOOST_TEST(s.totals().handled == 2U);
}

SLUICE_VIRTUAL_TEST_CASE(an_output_that_can_never_be_sent_becomes_a_dead_letter_and_the_others_of_its_transaction_go_on)
{
    transactional_stage s{co_await asio::this_coro::executor};
    s.put_many(9);
    s.put("huge", "h");
    s.handler.replies["huge"].add({"out", "k", "fine"}).add({"out", "k", "too large"});
    s.transactions.never = [](const outgoing& what) { return what.value == "too large"; };
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 10; }); };
    co_await s.run(s.handler.get(), script);
    BOOST_TEST(s.wrong(9).empty());
    BOOST_TEST(s.emitted().size() == 9U);
    BOOST_REQUIRE(s.dead_letters().size() == 1U);
    BOOST_TEST(*s.dead_letters()[0].value == "huge");
    BOOST_TEST(*s.dead_letters()[0].header("sluice-error-class") == "permanent");
}

SLUICE_VIRTUAL_TEST_CASE(without_dead_letters_such_an_output_ends_the_flow_and_other_partitions_are_committed)
{
    transactional_stage s{co_await asio::this_coro::executor, 2};
    s.settings.dead_letters = false;
    s.put_emitting("0", 1);
    s.put("huge", "h", 0);
    s.handler.replies["huge"].add({"out", "k", "too large"});
    s.transactions.never = [](const outgoing& what) { return what.value == "too large"; };
    auto script = []() -> awaitable<> { co_await sleep_for(24h); };
    BOOST_CHECK_THROW(co_await s.run(s.handler.get(), script), failure);
    BOOST_TEST(!s.committed(0).has_value());
    BOOST_TEST(*s.committed(1) == 1);
    BOOST_TEST(s.wrong(1).empty());
}

SLUICE_VIRTUAL_TEST_CASE(a_sink_that_never_answers_does_not_hold_the_end_of_the_flow)
{
    transactional_stage s{co_await asio::this_coro::executor};
    s.put_many(5);
    s.transactions.script_transaction(slow(24h));
    auto script = []() -> awaitable<> { co_await sleep_for(1s); };
    co_await s.run(s.handler.get(), script);
    BOOST_TEST((s.elapsed() < 1min));
    BOOST_TEST(s.totals().uncommitted);
}

SLUICE_VIRTUAL_TEST_CASE(an_idle_exactly_once_flow_commits_past_the_markers_of_transactions)
{
    transactional_stage s{co_await asio::this_coro::executor};
    s.put_emitting("0");
    auto script = [&]() -> awaitable<> {
        co_await s.until([&] { return s.committed() == 1; });
        s.broker.log().skip({"in", 0}, 1);
        co_await s.until([&] { return s.committed() == 2; });
        const auto transactions = s.transactions.committed();
        co_await sleep_for(1h);
        BOOST_TEST(s.transactions.committed() == transactions);  // nothing to say, nothing said
    };
    co_await s.run(s.handler.get(), script);
}

SLUICE_VIRTUAL_TEST_CASE(mode_and_sink_must_fit_each_other)
{
    stage s{co_await asio::this_coro::executor};
    const flow_environment around{
        .log = {}, .numbers = s.numbers, .time = s.broker.time(), .stop = s.stop.token(), .seed = 1};
    BOOST_CHECK_THROW((flow{s.member, s.transactions, s.settings, around}), failure);
    s.settings.mode = delivery::exactly_once;
    BOOST_CHECK_THROW((flow{s.member, s.sink, s.settings, around}), failure);
}

}  // namespace sluice::testing
