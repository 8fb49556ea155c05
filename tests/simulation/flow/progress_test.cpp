#include "sluice/flow/progress.hpp"
#include "simulation/flow/stage.hpp"

#include <algorithm>

namespace sluice::testing {

namespace {

using strings = std::vector<std::string>;
using script = stage::script;

// Runs the stage's flow until `what` ends, and then as kill -9 would end it.
awaitable<> run_and_crash(stage& s, record_handler handler, script what)
{
    auto until_killed = [&]() -> awaitable<> {
        co_await what();
        s.sink.die();
        s.member.die();
        co_await sleep_for(24h);
    };
    BOOST_CHECK_THROW(co_await s.run(std::move(handler), until_killed), failure);
}

// Another process of the group, which gets all partitions; it runs until `what` ends.
awaitable<flow_totals> run_heir(stage& s, record_handler handler, script what, bool crash = false)
{
    auto& member = s.broker.join(s.group);
    auto& sink = s.broker.producer();
    cancellation stop;
    flow heir{
        member, sink, s.settings,
        flow_environment{.log = {}, .numbers = s.numbers, .time = s.broker.time(), .stop = stop.token(), .seed = 1}};
    auto live = [&](scope& children) -> awaitable<> {
        auto run = [&]() -> awaitable<> {
            try {
                co_await heir.run(std::move(handler));
            } catch (const failure&) {
                BOOST_TEST(crash);
            }
        };
        children.spawn(run());
        s.group.assign(member, s.broker.log().all_of("in"));
        co_await what();
        if (crash) {
            sink.die();
            member.die();
        }
        stop.cancel(cancel_reason::shutdown);
        co_await children.join();
    };
    co_await with_scope({}, live);
    co_return heir.totals();
}

// What another member of the group committed before it lost the partition.
awaitable<> note_as_another(stage& s, std::int64_t offset, std::string metadata)
{
    auto& other = s.broker.join(s.group);
    s.group.assign(other, {{"in", 0}});
    co_await other.next();
    positions from;
    from.push_back({{"in", 0}, position::stored, {}});
    co_await other.accept(from);
    from[0].offset = offset;
    from[0].metadata = std::move(metadata);
    co_await other.commit(from);
    s.group.lose({{"in", 0}});
}

std::string noted(const stage& s, std::int32_t partition = 0)
{
    const auto at = s.group.committed({"in", partition});
    return at ? at->metadata : "nothing";
}

std::string unix_ms(const stage& s)
{
    return std::to_string(s.broker.time().wall().time_since_epoch().count());
}

strings started(const scripted_handler& h)
{
    strings all;
    for (const auto& one : h.started) all.push_back(one.value + '/' + std::to_string(one.number));
    return all;
}

// A record that waits an hour for its second attempt, another of its key, and two that finish.
void put_ill_and_well(stage& s, scripted_handler& h)
{
    s.settings.order = by_key{};
    s.settings.retry = {.attempts = 3, .first_delay = 1h, .max_delay = 1h};
    h.failures["ill"] = 1;
    s.put("ill", "a");
    s.put("well", "b");
    s.put("behind", "a");
    s.put("fine", "c");
}

}  // namespace

SLUICE_VIRTUAL_TEST_CASE(after_a_crash_what_was_finished_is_not_run_again_and_attempts_go_on)
{
    stage s{co_await asio::this_coro::executor};
    const auto began = unix_ms(s);
    scripted_handler first{s}, second{s};
    put_ill_and_well(s, first);
    auto a_while = []() -> awaitable<> { co_await sleep_for(2s); };
    co_await run_and_crash(s, first.get(), a_while);
    BOOST_TEST(started(first) == (strings{"ill/1", "well/1", "fine/1"}), boost::test_tools::per_element());
    BOOST_TEST(noted(s) == "sluice/1 0: -1*1@" + began + " +1 -1 +1");

    auto to_the_end = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 4; }); };
    const auto totals = co_await run_heir(s, second.get(), to_the_end);
    BOOST_TEST(started(second) == (strings{"ill/2", "behind/1"}), boost::test_tools::per_element());
    BOOST_TEST(totals.recalled == 2u);
    BOOST_TEST(totals.handled == 2u);
    BOOST_TEST(noted(s) == "");
}

SLUICE_VIRTUAL_TEST_CASE(a_hand_over_carries_what_is_finished_and_tried)
{
    stage s{co_await asio::this_coro::executor};
    const auto began = unix_ms(s);
    s.settings.commit_interval = 24h;
    scripted_handler first{s}, second{s};
    put_ill_and_well(s, first);
    auto hand_over = [&]() -> awaitable<> {
        co_await sleep_for(2s);
        BOOST_TEST(noted(s) == "nothing");
        s.group.revoke({{"in", 0}});
        co_await sleep_for(1s);
        BOOST_TEST(noted(s) == "sluice/1 0: -1*1@" + began + " +1 -1 +1");
        auto to_the_end = [&]() -> awaitable<> { co_await s.until([&] { return second.ended.size() == 2u; }); };
        co_await run_heir(s, second.get(), to_the_end);
    };
    co_await s.run(first.get(), hand_over);
    BOOST_TEST(started(second) == (strings{"ill/2", "behind/1"}), boost::test_tools::per_element());
    BOOST_TEST(*s.committed() == 4);  // the last commit of a clean stop
    BOOST_TEST(noted(s) == "");
}

SLUICE_VIRTUAL_TEST_CASE(a_clean_stop_carries_what_is_finished_and_tried)
{
    stage s{co_await asio::this_coro::executor};
    const auto began = unix_ms(s);
    s.settings.commit_interval = 24h;
    scripted_handler first{s}, second{s};
    put_ill_and_well(s, first);
    auto a_while = []() -> awaitable<> { co_await sleep_for(2s); };
    co_await s.run(first.get(), a_while);
    BOOST_TEST(noted(s) == "sluice/1 0: -1*1@" + began + " +1 -1 +1");
    auto to_the_end = [&]() -> awaitable<> { co_await s.until([&] { return second.ended.size() == 2u; }); };
    co_await run_heir(s, second.get(), to_the_end);
    BOOST_TEST(started(second) == (strings{"ill/2", "behind/1"}), boost::test_tools::per_element());
}

SLUICE_VIRTUAL_TEST_CASE(attempts_are_counted_through_crashes_and_end_in_a_dead_letter)
{
    stage s{co_await asio::this_coro::executor};
    const auto began = unix_ms(s);
    s.settings.retry = {.attempts = 3, .first_delay = 1h, .max_delay = 1h};
    scripted_handler h{s};
    h.failures["ill"] = -1;
    s.put("ill");
    auto a_while = []() -> awaitable<> { co_await sleep_for(2s); };
    co_await run_and_crash(s, h.get(), a_while);
    co_await run_heir(s, h.get(), a_while, true);
    BOOST_TEST(noted(s) == "sluice/1 0: -1*2@" + began);
    co_await run_heir(s, h.get(), a_while);
    BOOST_TEST(started(h) == (strings{"ill/1", "ill/2", "ill/3"}), boost::test_tools::per_element());
    const auto letters = s.dead_letters();
    BOOST_REQUIRE(letters.size() == 1u);
    BOOST_TEST(*letters[0].header("sluice-attempt") == "3");
    BOOST_TEST(*letters[0].header("sluice-first-failure") == began);
    BOOST_TEST(*s.committed() == 1);
}

SLUICE_VIRTUAL_TEST_CASE(the_time_for_all_attempts_goes_on_through_crashes)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.retry = {.attempts = 100, .first_delay = 1s, .max_delay = 1s, .total = 10s};
    scripted_handler h{s};
    h.failures["ill"] = -1;
    h.takes["ill"] = 250ms;
    s.put("well");
    s.put("ill");
    co_await sleep_for(1s);
    const auto first = std::to_string((s.broker.time().wall() + 250ms).time_since_epoch().count());
    auto a_while = []() -> awaitable<> { co_await sleep_for(3s); };
    co_await run_and_crash(s, h.get(), a_while);
    for (int crash = 0; crash < 2; ++crash) co_await run_heir(s, h.get(), a_while, true);
    BOOST_TEST(s.dead_letters().empty());
    auto to_the_end = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 2; }); };
    co_await run_heir(s, h.get(), to_the_end);
    BOOST_TEST((h.started.back().at <= 1s + 250ms + 10s));
    BOOST_TEST((s.elapsed() < 13s));
    const auto letters = s.dead_letters();
    BOOST_REQUIRE(letters.size() == 1u);
    BOOST_TEST(*letters[0].header("sluice-first-failure") == first);
    BOOST_TEST(*letters[0].header("sluice-attempt") == std::to_string(h.started.back().number));
}

SLUICE_VIRTUAL_TEST_CASE(progress_that_was_noted_without_times_is_understood)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.order = by_key{};
    s.settings.retry = {.attempts = 3, .first_delay = 1h, .max_delay = 1h};
    for (const auto* value : {"ill", "finished", "fine"}) s.put(value, value);
    co_await note_as_another(s, 0, "sluice/1 0: -1*2 +1");
    scripted_handler h{s};
    h.failures["ill"] = -1;
    const auto now = unix_ms(s);
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 3; }); };
    co_await s.run(h.get(), script);
    BOOST_TEST(started(h) == (strings{"ill/3", "fine/1"}), boost::test_tools::per_element());
    BOOST_TEST(*s.dead_letters().at(0).header("sluice-first-failure") == now);
}

SLUICE_VIRTUAL_TEST_CASE(what_was_known_is_not_forgotten_before_it_has_come_again)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.order = by_key{};
    scripted_handler first{s}, second{s}, third{s};
    for (const auto* value : {"slow", "slow too"}) {
        first.takes[value] = second.takes[value] = 1h;
        s.put(value, value);
    }
    for (int i = 0; i < 8; ++i) s.put(std::to_string(i), std::to_string(i));
    auto a_while = []() -> awaitable<> { co_await sleep_for(2s); };
    co_await run_and_crash(s, first.get(), a_while);
    BOOST_TEST(noted(s) == "sluice/1 0: -2 +8");

    // The second process fetches no further than to what waits for its only worker.
    s.settings.order = by_key{.running = 1};
    s.broker.habits().cut = [](std::size_t) { return 1; };
    co_await run_heir(s, second.get(), a_while, true);
    BOOST_TEST(second.started.size() == 1u);
    BOOST_TEST(noted(s) == "sluice/1 0: -2 +8");
    auto to_the_end = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 10; }); };
    const auto totals = co_await run_heir(s, third.get(), to_the_end);
    BOOST_TEST(started(third) == (strings{"slow/1", "slow too/1"}), boost::test_tools::per_element());
    BOOST_TEST(totals.recalled == 8u);
}

SLUICE_VIRTUAL_TEST_CASE(what_only_the_metadata_says_is_committed_too_and_no_more_often)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.order = by_key{};
    s.settings.commit_interval = 10s;
    scripted_handler h{s};
    h.takes["slow"] = 1h;
    s.put("slow", "a");
    auto script = [&]() -> awaitable<> {
        for (int i = 0; i < 60; ++i) {
            s.put(std::to_string(i), "b");
            co_await sleep_for(1s);
        }
        co_await sleep_for(1s);
        BOOST_TEST(*s.committed() == 0);
        BOOST_TEST(noted(s) == "sluice/1 0: -1 +60");
        co_await sleep_for(30min);
    };
    co_await s.run(h.get(), script);
    time_point last{};
    int asked = 0;
    for (const auto& one : s.broker.history().steps()) {
        if (one.what != step::kind::commit_asked) continue;
        BOOST_TEST((one.when - last >= 10s));
        last = one.when;
        ++asked;
    }
    BOOST_TEST(asked == 6);
}

SLUICE_VIRTUAL_TEST_CASE(a_flow_in_order_and_without_failures_notes_nothing)
{
    stage s{co_await asio::this_coro::executor};
    s.broker.habits().cut = [](std::size_t) { return 7; };
    scripted_handler h{s};
    for (int i = 0; i < 100; ++i) {
        s.put(std::to_string(i));
        h.takes[std::to_string(i)] = 50ms;
    }
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 100; }); };
    co_await s.run(h.get(), script);
    for (const auto& one : s.broker.history().steps())
        if (one.what == step::kind::commit_asked) BOOST_TEST(one.note == "");
}

SLUICE_VIRTUAL_TEST_CASE(what_somebody_else_noted_beside_the_offset_is_ignored)
{
    stage s{co_await asio::this_coro::executor};
    for (int i = 0; i < 5; ++i) s.put(std::to_string(i));
    co_await note_as_another(s, 2, "AAACAAEAAA== sluice/1 2: +3");
    scripted_handler h{s};
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 5; }); };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.ended == (strings{"2", "3", "4"}), boost::test_tools::per_element());
}

SLUICE_VIRTUAL_TEST_CASE(an_assignment_waits_until_the_group_says_where_it_stands)
{
    stage s{co_await asio::this_coro::executor};
    scripted_handler first{s}, second{s};
    put_ill_and_well(s, first);
    auto a_while = []() -> awaitable<> { co_await sleep_for(2s); };
    co_await s.run(first.get(), a_while);

    auto& member = s.broker.join(s.group);
    for (int i = 0; i < 4; ++i) member.script_committed({errc::unavailable, "the coordinator moves"});
    cancellation stop;
    flow heir{
        member, s.broker.producer(), s.settings,
        flow_environment{.log = {}, .numbers = s.numbers, .time = s.broker.time(), .stop = stop.token(), .seed = 1}};
    auto live = [&](scope& children) -> awaitable<> {
        children.spawn(heir.run(second.get()));
        s.group.assign(member, {{"in", 0}});
        co_await sleep_for(700ms);  // 100, 200, 400, 800 ms at most
        BOOST_TEST(second.started.empty());
        // A rebalance takes it away meanwhile, and gives it back.
        s.group.lose({{"in", 0}});
        s.group.assign(member, {{"in", 0}});
        co_await s.until([&] { return s.committed() == 4; });
        stop.cancel(cancel_reason::shutdown);
    };
    co_await with_scope({}, live);
    BOOST_TEST(started(second) == (strings{"ill/2", "behind/1"}), boost::test_tools::per_element());
}

SLUICE_VIRTUAL_TEST_CASE(a_stop_does_not_wait_for_where_the_group_stands)
{
    stage s{co_await asio::this_coro::executor};
    for (int i = 0; i < 100; ++i) s.member.script_committed({errc::timed_out, "no answer"});
    scripted_handler h{s};
    s.put("a");
    auto script = [&]() -> awaitable<> { co_await sleep_for(10s); };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.started.empty());
    BOOST_TEST((s.elapsed() < 11s));
    BOOST_TEST(s.member.closed());
}

SLUICE_VIRTUAL_TEST_CASE(a_broker_that_takes_no_metadata_gets_commits_without)
{
    stage s{co_await asio::this_coro::executor};
    scripted_handler h{s};
    put_ill_and_well(s, h);
    s.member.script_commit({.after = {}, .fails = error{errc::invalid, "metadata too large"}, .happens = false});
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(2s);
        BOOST_TEST(noted(s) == "");
        BOOST_TEST(*s.committed() == 0);
        co_await s.until([&] { return s.committed() == 4; });
    };
    co_await s.run(h.get(), script);
}

}  // namespace sluice::testing
