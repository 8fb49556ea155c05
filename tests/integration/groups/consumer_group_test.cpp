#include "group_history.hpp"
#include "integration/kafka/obedient_member.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/testing/test_case.hpp"

using namespace sluice;
using namespace sluice::kafka;
using namespace std::chrono_literals;

SLUICE_TEST_CASE(partitions_change_hands_without_a_gap_or_a_repeat, 120s)
{
    const auto loop = co_await asio::this_coro::executor;
    test_cluster cluster;
    constexpr std::int32_t partitions = 6;
    cluster.broker.create_topic("orders", partitions);
    group_history all;
    std::size_t sent = 0;
    const auto fill = [&]() -> awaitable<> {
        sent += 200 * partitions;
        return cluster.fill("orders", partitions, 200);
    };
    const auto all_came = [&] { return all.seen.size() == sent; };

    auto body = [&](scope& members) -> awaitable<> {
        co_await fill();
        group_worker first{loop, cluster.member_settings(), cluster.blocking, all, 7};
        members.spawn(first.run());
        const auto under_way = [&] { return all.seen.size() > 100; };
        co_await all.wait_for(under_way);

        group_worker second{loop, cluster.member_settings(), cluster.blocking, all, 13};
        members.spawn(second.run());
        const auto shared = [&] { return second.owned() == partitions / 2; };
        co_await all.wait_for(shared);
        co_await fill();
        co_await all.wait_for(all_came);

        second.leave();
        co_await fill();
        co_await all.wait_for(all_came);
        first.leave();
        co_await members.join();
    };
    co_await with_scope({}, body);
    // A loaded machine may be too slow for the broker's patience; what is lost then comes again.
    if (all.losses == 0) all.check_each_once();
}

SLUICE_TEST_CASE(nothing_else_comes_until_an_assignment_is_answered)
{
    const auto loop = co_await asio::this_coro::executor;
    cluster_of_orders cluster;
    co_await cluster.fill("orders", 1, 10);
    obedient_member member{loop, cluster, readers()};
    const auto first = co_await member.source.next();
    BOOST_TEST_REQUIRE(std::holds_alternative<assigned>(first));

    cluster.broker.down();
    auto& time = clock::of(loop);
    cancellation patience{{}, time, time.now() + 1s};
    bool came = true;
    try {
        co_await run_under(patience.token(), member.source.next());
    } catch (const boost::system::system_error&) {
        came = false;
    }
    BOOST_TEST(!came);
    co_await member.answer(first);
    const auto trouble = co_await member.source.next();
    BOOST_TEST(std::holds_alternative<failed>(trouble));
    cluster.broker.up();
    const auto records = co_await member.read(10);
    BOOST_TEST(records.size() == 10);
    co_await member.close();
}

SLUICE_TEST_CASE(an_answer_that_nobody_asked_for_is_refused)
{
    const auto loop = co_await asio::this_coro::executor;
    test_cluster cluster;
    obedient_member member{loop, cluster, readers()};
    const auto accepted = co_await member.source.accept({});
    BOOST_TEST((accepted.error() == errc::invalid));
    const auto given = co_await member.source.give_up({});
    BOOST_TEST((given.error() == errc::invalid));
    co_await member.close();
}

SLUICE_TEST_CASE(a_member_that_leaves_unanswered_is_gone_at_once)
{
    const auto loop = co_await asio::this_coro::executor;
    cluster_of_orders cluster;
    obedient_member member{loop, cluster, readers()};
    const auto asked = co_await member.source.next();
    BOOST_TEST_REQUIRE(std::holds_alternative<assigned>(asked));
    co_await member.close_within(10s, 5s);
}

SLUICE_TEST_CASE(a_member_that_ends_while_it_joins_does_no_harm)
{
    const auto loop = co_await asio::this_coro::executor;
    cluster_of_orders cluster;
    constexpr std::int16_t sync_group = 14;
    constexpr int rebalance_in_progress = 27;
    const std::vector<int> always(1000, rebalance_in_progress);
    cluster.broker.fail_next(sync_group, always);
    auto& time = clock::of(loop);
    obedient_member member{loop, cluster, readers()};
    cancellation patience{{}, time, time.now() + 4s};
    bool joined = true;
    try {
        co_await run_under(patience.token(), member.join());
    } catch (const boost::system::system_error&) {
        joined = false;
    }
    BOOST_TEST(!joined);
    co_await member.close_within(5s, 6s);
}

SLUICE_TEST_CASE(a_member_that_is_too_late_to_leave_does_no_harm)
{
    const auto loop = co_await asio::this_coro::executor;
    cluster_of_orders cluster;
    obedient_member member{loop, cluster, readers()};
    co_await member.join();
    cluster.broker.round_trip_time(3s);
    co_await member.close_within(100ms, 2s);
}

SLUICE_TEST_CASE(a_member_that_goes_unanswered_and_without_a_good_bye_does_no_harm)
{
    const auto loop = co_await asio::this_coro::executor;
    cluster_of_orders cluster;
    obedient_member member{loop, cluster, readers()};
    const auto asked = co_await member.source.next();
    BOOST_TEST(std::holds_alternative<assigned>(asked));
}

SLUICE_TEST_CASE(with_the_broker_away_every_wait_ends_in_time)
{
    const auto loop = co_await asio::this_coro::executor;
    cluster_of_orders cluster;
    co_await cluster.fill("orders", 1, 10);
    obedient_member member{loop, cluster, {.group = "readers", .topics = {"orders"}, .request_limit = 300ms}};
    co_await member.read(10);
    cluster.broker.down();

    const positions finished{{{"orders", 0}, 10, {}}};
    const auto committed = co_await member.source.commit(finished);
    BOOST_TEST((committed.error() == errc::timed_out || committed.error() == errc::unavailable));
    const auto again = co_await member.source.commit(finished);
    BOOST_TEST((again.error() == errc::timed_out || again.error() == errc::unavailable));
    const auto stored = co_await member.source.committed(member.owned);
    BOOST_TEST((stored.error() == errc::timed_out || stored.error() == errc::unavailable));

    co_await member.close_within(500ms, 2s);
    const auto late = co_await member.source.commit(finished);
    BOOST_TEST((late.error() == errc::closed));
}

SLUICE_TEST_CASE(a_broker_that_is_away_is_told_once_and_the_member_comes_back)
{
    const auto loop = co_await asio::this_coro::executor;
    cluster_of_orders cluster;
    co_await cluster.fill("orders", 1, 10);
    obedient_member member{loop, cluster, readers(), {{"reconnect.backoff.max.ms", "100"}}};
    co_await member.read(10);
    cluster.broker.down();
    co_await member.told();
    BOOST_TEST((member.troubles[0] == errc::unavailable));
    cluster.broker.up();
    co_await cluster.fill("orders", 1, 10);
    co_await member.read(10);
    BOOST_TEST(member.troubles.size() == 1);
    co_await member.close();
}

SLUICE_TEST_CASE(refused_commits_say_what_to_do)
{
    const auto loop = co_await asio::this_coro::executor;
    cluster_of_orders cluster;
    co_await cluster.fill("orders", 1, 10);
    obedient_member member{loop, cluster, readers()};
    co_await member.read(10);
    const positions finished{{{"orders", 0}, 10, {}}};
    constexpr std::int16_t offset_commit = 8;

    constexpr std::array rebalance_in_progress{27};
    cluster.broker.fail_next(offset_commit, rebalance_in_progress);
    const auto rebalancing = co_await member.source.commit(finished);
    BOOST_TEST((rebalancing.error() == errc::rebalancing));
    const auto then = co_await member.source.commit(finished);
    BOOST_TEST(then.has_value());

    constexpr std::array illegal_generation{22};
    cluster.broker.fail_next(offset_commit, illegal_generation);
    const auto gone = co_await member.source.commit(finished);
    BOOST_TEST((gone.error() == errc::assignment_lost));
    const auto next = co_await member.source.next();
    BOOST_TEST(std::holds_alternative<lost>(next));
    const auto late = co_await member.source.commit(finished);
    BOOST_TEST((late.error() == errc::assignment_lost));
    co_await member.answer(next);
    co_await member.join();
    co_await member.close();
}

SLUICE_TEST_CASE(a_member_that_is_fenced_fails_for_good)
{
    const auto loop = co_await asio::this_coro::executor;
    cluster_of_orders cluster;
    obedient_member member{loop, cluster, {.group = "readers", .topics = {"orders"}, .instance = "one"}};
    co_await member.join();
    constexpr std::int16_t heartbeat = 12;
    constexpr std::array fenced_instance_id{82};
    cluster.broker.fail_next(heartbeat, fenced_instance_id);
    co_await member.told();
    BOOST_TEST((member.troubles[0] == errc::fatal));
    const positions finished{{{"orders", 0}, 1, {}}};
    const auto committed = co_await member.source.commit(finished);
    BOOST_TEST(committed.has_error());

    co_await member.close_within(10s, 5s);
}
