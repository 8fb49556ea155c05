#include "simulation/flow/stage.hpp"

#include <algorithm>

namespace sluice::testing {

namespace {

using strings = std::vector<std::string>;

fate told(errc code, bool happens = false, duration after = {})
{
    fate next;
    next.after = after;
    next.fails = error{code};
    next.happens = happens;
    return next;
}

const partitions first{{"in", 0}};

}  // namespace

SLUICE_VIRTUAL_TEST_CASE(a_revocation_lets_running_handlers_end_commits_and_then_gives_up)
{
    stage s{co_await asio::this_coro::executor, 2};
    s.settings.commit_interval = 1h;  // so that only the revocation commits
    scripted_handler h{s};
    s.put("running", "a", 0);
    s.put("waiting", "a", 0);
    s.put("elsewhere", "b", 1);
    h.takes["running"] = 5s;
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1s);
        s.group.revoke(first);
        co_await sleep_for(3s);
        BOOST_TEST(s.group.owner({"in", 0}) == &s.member);  // it still runs
        co_await sleep_for(2s);
        BOOST_TEST(s.group.owner({"in", 0}) == nullptr);
        BOOST_TEST(*s.committed(0) == 1);
        BOOST_TEST(!s.committed(1).has_value());
        BOOST_TEST(s.group.owner({"in", 1}) == &s.member);
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.ended == (strings{"elsewhere", "running"}), boost::test_tools::per_element());
    BOOST_TEST(*s.committed(1) == 1);
}

SLUICE_VIRTUAL_TEST_CASE(handlers_that_outlast_the_drain_of_a_revocation_are_cancelled)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.order = unordered{};
    scripted_handler h{s};
    s.put("done");
    s.put("endless");
    s.put("done too");
    h.takes["endless"] = 24h;
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1s);
        s.group.revoke(first);
        co_await s.until([&] { return s.group.owner({"in", 0}) == nullptr; });
        BOOST_TEST((s.elapsed() >= 1s + s.settings.drain));
        BOOST_TEST((s.elapsed() <= 1s + s.settings.drain + 2ms));
        BOOST_TEST(h.cut_short == (strings{"endless"}), boost::test_tools::per_element());
        BOOST_TEST(*s.committed() == 1);
        h.takes.clear();
        s.group.assign(s.member, first);
        co_await s.until([&] { return s.committed() == 3; });
    };
    co_await s.run(h.get(), script);
}

SLUICE_VIRTUAL_TEST_CASE(a_hand_over_between_two_members_repeats_nothing)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.order = by_key{4};
    scripted_handler h{s};
    for (int i = 0; i < 50; ++i) {
        s.put(std::to_string(i), std::to_string(i % 5));
        h.takes[std::to_string(i)] = 1s;
    }
    auto& heir = s.broker.join(s.group);
    flow second{heir,
                s.sink,
                s.settings,
                {.log = {}, .numbers = s.numbers, .time = s.broker.time(), .stop = s.stop.token(), .seed = 2}};
    auto both = [&](scope& children) -> awaitable<> {
        children.spawn(second.run(h.get()));
        auto script = [&]() -> awaitable<> {
            co_await sleep_for(5500ms);
            s.group.revoke(first);
            s.group.assign(heir, first);
            co_await s.until([&] { return s.committed() == 50; });
        };
        co_await s.run(h.get(), script);
    };
    co_await with_scope({}, both);
    BOOST_TEST(h.started.size() == 50u);
    BOOST_TEST(h.ended.size() == 50u);
    BOOST_TEST(s.totals().handled > 0u);
    BOOST_TEST(second.totals().handled > 0u);
}

SLUICE_VIRTUAL_TEST_CASE(a_lost_partition_is_cut_short_and_not_committed)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.order = unordered{};
    s.settings.commit_interval = 1h;
    scripted_handler h{s};
    s.put("done");
    s.put("running");
    h.takes["running"] = 1min;
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1s);
        s.group.lose(first);
        co_await sleep_for(1s);
        BOOST_TEST(h.cut_short == (strings{"running"}), boost::test_tools::per_element());
        BOOST_TEST(!s.committed().has_value());
        h.takes.clear();
        s.group.assign(s.member, first);
        co_await s.until([&] { return h.ended.size() == 3u; });
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.ended == (strings{"done", "done", "running"}), boost::test_tools::per_element());
    BOOST_TEST(*s.committed() == 2);
}

SLUICE_VIRTUAL_TEST_CASE(a_commit_that_is_refused_during_a_rebalance_is_tried_again_before_the_partition_goes)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.commit_interval = 1h;
    scripted_handler h{s};
    s.put("a");
    s.member.script_commit(told(errc::rebalancing));
    s.member.script_commit(told(errc::unavailable));
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1s);
        s.group.revoke(first);
        co_await s.until([&] { return s.group.owner({"in", 0}) == nullptr; });
        BOOST_TEST(*s.committed() == 1);
    };
    co_await s.run(h.get(), script);
}

SLUICE_VIRTUAL_TEST_CASE(a_coordinator_that_never_answers_does_not_hold_a_revocation_for_ever)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.commit_interval = 1h;
    scripted_handler h{s};
    s.put("a");
    s.broker.habits().commit = [] { return told(errc::unavailable); };
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1s);
        s.group.revoke(first);
        co_await s.until([&] { return s.group.owner({"in", 0}) == nullptr; });
        BOOST_TEST((s.elapsed() <= 1s + s.settings.drain + 1s));
        s.broker.habits().commit = [] { return fate{}; };
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(!s.committed().has_value());
}

SLUICE_VIRTUAL_TEST_CASE(a_flow_that_ends_without_its_last_commit_says_so)
{
    for (const bool answered : {true, false}) {
        stage s{co_await asio::this_coro::executor};
        s.settings.commit_interval = 1h;
        scripted_handler h{s};
        s.put("a");
        if (!answered) s.broker.habits().commit = [] { return told(errc::unavailable); };
        auto script = [&]() -> awaitable<> { co_await s.until([&] { return h.ended.size() == 1; }); };
        co_await s.run(h.get(), script);
        BOOST_TEST(s.totals().uncommitted == !answered);
        BOOST_TEST(s.committed().has_value() == answered);
    }
}

SLUICE_VIRTUAL_TEST_CASE(a_commit_whose_answer_was_lost_is_repeated_and_never_goes_back)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.commit_interval = 1s;
    scripted_handler h{s};
    s.put("a");
    s.member.script_commit(told(errc::timed_out, true, 200ms));
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1500ms);
        s.put("b");
        co_await s.until([&] { return s.committed() == 2; });
    };
    co_await s.run(h.get(), script);
    std::vector<std::int64_t> all;
    for (const auto& one : s.broker.history().steps())
        if (one.what == step::kind::committed) all.push_back(one.offset);
    BOOST_TEST(all == (std::vector<std::int64_t>{1, 2}), boost::test_tools::per_element());
}

SLUICE_VIRTUAL_TEST_CASE(one_commit_at_a_time_and_none_when_nothing_is_new)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.commit_interval = 100ms;
    s.broker.habits().commit = [] {
        fate slow;
        slow.after = 1s;
        return slow;
    };
    scripted_handler h{s};
    for (int i = 0; i < 30; ++i) {
        s.put(std::to_string(i));
        h.takes[std::to_string(i)] = 100ms;
    }
    auto script = [&]() -> awaitable<> { co_await sleep_for(1min); };
    co_await s.run(h.get(), script);
    int on_their_way = 0, asked = 0;
    for (const auto& one : s.broker.history().steps()) {
        if (one.what == step::kind::commit_asked) {
            BOOST_TEST(++on_their_way == 1);
            ++asked;
        }
        if (one.what == step::kind::commit_answered) --on_their_way;
    }
    BOOST_TEST(*s.committed() == 30);
    BOOST_TEST(asked <= 5);
}

SLUICE_VIRTUAL_TEST_CASE(an_eager_group_gives_everything_up_before_anybody_gets_anything)
{
    const auto executor = co_await asio::this_coro::executor;
    simulated_broker broker{executor};
    broker.log().create("in", 2);
    auto& group = broker.group("in", simulated_group::protocol::eager);
    auto& one = broker.join(group);
    auto& two = broker.join(group);
    const auto told_to = [](simulated_member& member) -> awaitable<std::string> {
        const auto what = co_await member.next();
        if (const auto* ours = std::get_if<assigned>(&what)) {
            positions from;
            for (const auto& where : ours->partitions) from.push_back({where, position::stored, {}});
            const auto accepted = co_await member.accept(std::move(from));
            co_return accepted ? "assigned " + std::to_string(ours->partitions.size()) : "refused";
        }
        co_return std::holds_alternative<revoked>(what) ? "revoked" : "other";
    };
    const topic_partition zero{"in", 0}, unity{"in", 1};
    simulated_group::plan target{{zero, &one}, {unity, &one}};
    group.rebalance(target);
    BOOST_TEST(co_await told_to(one) == "assigned 2");
    target[unity] = &two;
    group.rebalance(target);
    BOOST_TEST(co_await told_to(one) == "revoked");
    BOOST_TEST(group.owner(unity) == &one);
    const auto given = co_await one.give_up(broker.log().all_of("in"));
    BOOST_TEST(given.has_value());
    BOOST_TEST(co_await told_to(one) == "assigned 1");
    BOOST_TEST(co_await told_to(two) == "assigned 1");
}

SLUICE_VIRTUAL_TEST_CASE(a_partition_that_is_lost_while_its_hand_over_waits_is_let_go_at_once)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.drain = 1h;
    scripted_handler h{s};
    s.put("done");
    s.put("slow");
    h.takes["slow"] = 30min;
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1s);
        BOOST_TEST(s.committed().value_or(0) == 1);
        s.group.revoke(first);
        co_await sleep_for(10s);
        BOOST_TEST(h.cut_short.empty());
        BOOST_TEST(s.group.owner(first[0]) == &s.member);
        s.group.lose(first);
        co_await sleep_for(2s);
        BOOST_TEST(h.cut_short == (strings{"slow"}), boost::test_tools::per_element());
        s.group.assign(s.member, first);  // it takes part again
        co_await s.until([&] { return s.committed() == 2; });
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(s.committed().value_or(0) == 2);
}

}  // namespace sluice::testing
