#include "obedient_member.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/testing/test_case.hpp"

#include <map>

using namespace sluice;
using namespace sluice::kafka;
using namespace std::chrono_literals;

namespace {

// What all members of a group saw together, and who owned what.
struct history {
    std::map<std::pair<std::int32_t, std::int64_t>, int> seen;
    std::map<std::int32_t, int> owners;
    wait_queue changed;

    [[nodiscard]] bool all_of(std::size_t count) const { return seen.size() >= count; }
};

// Handles a record at once, and commits what it handled when its partitions are wanted.
class worker {
public:
    worker(asio::any_io_executor loop, test_cluster& cluster, history& all, std::size_t batch)
        : source_{loop,
                  cluster.member_settings(),
                  {.group = "workers", .topics = {"orders"}, .batch = batch},
                  cluster.blocking},
          all_{all}
    {
    }

    awaitable<> run()
    {
        for (;;) {
            const auto next = co_await source_.next();
            if (const auto* some = std::get_if<batch>(&next))
                handle(*some);
            else if (const auto* ours = std::get_if<assigned>(&next))
                co_await start(ours->partitions);
            else if (const auto* wanted = std::get_if<revoked>(&next))
                co_await hand_over(wanted->partitions);
            else if (const auto* gone = std::get_if<lost>(&next))
                BOOST_TEST(gone->partitions.empty(), "an assignment was lost");
            else if (std::holds_alternative<closed>(next))
                ended_ = true;
            all_.changed.wake_all();
            if (ended_) co_return;
        }
    }

    awaitable<> leave()
    {
        partitions all;
        for (const auto& [where, offset] : next_) all.push_back(where);
        co_await commit(all);
        for (const auto& each : all) --all_.owners[each.partition];
        co_await source_.close(clock::of(co_await asio::this_coro::executor).now() + 10s);
        while (!ended_) co_await all_.changed.wait();
    }

    [[nodiscard]] std::size_t owned() const { return next_.size(); }

private:
    void handle(const batch& some)
    {
        for (const auto& each : some.records) {
            const auto at = next_.find({std::string{each.topic()}, each.partition()});
            BOOST_TEST_REQUIRE((at != next_.end()), "a record of a partition that is not ours");
            if (at->second != position::stored) BOOST_TEST_REQUIRE(each.offset() == at->second);
            at->second = each.offset() + 1;
            ++all_.seen[{each.partition(), each.offset()}];
        }
    }

    awaitable<> start(partitions which)
    {
        positions from;
        for (auto& each : which) {
            BOOST_TEST(++all_.owners[each.partition] == 1, "a partition with two owners");
            next_[each] = position::stored;
            from.push_back({std::move(each), position::stored, {}});
        }
        const auto accepted = co_await source_.accept(std::move(from));
        BOOST_TEST(accepted.has_value());
    }

    awaitable<> hand_over(partitions which)
    {
        co_await commit(which);
        for (const auto& each : which) {
            --all_.owners[each.partition];
            next_.erase(each);
        }
        const auto given = co_await source_.give_up(std::move(which));
        BOOST_TEST(given.has_value());
    }

    awaitable<> commit(partitions which)
    {
        positions finished;
        for (const auto& each : which)
            if (next_[each] != position::stored) finished.push_back({each, next_[each], {}});
        for (;;) {
            const auto committed = co_await source_.commit(finished);
            if (committed) co_return;
            BOOST_TEST_REQUIRE((committed.error() == errc::rebalancing), committed.error().message());
        }
    }

    consumer source_;
    history& all_;
    std::map<topic_partition, std::int64_t> next_;
    bool ended_ = false;
};

awaitable<> wait_for(history& all, std::function<bool()> met)
{
    while (!met()) co_await all.changed.wait();
}

}  // namespace

SLUICE_TEST_CASE(partitions_change_hands_without_a_gap_or_a_repeat, 120s)
{
    const auto loop = co_await asio::this_coro::executor;
    test_cluster cluster;
    constexpr std::int32_t partitions = 6;
    cluster.broker.create_topic("orders", partitions);
    history all;
    std::size_t sent = 0;

    const auto fill = [&]() -> awaitable<> { return cluster.fill("orders", partitions, 200); };
    auto body = [&](scope& members) -> awaitable<> {
        co_await fill();
        sent += 200 * partitions;
        worker first{loop, cluster, all, 7};
        members.spawn(first.run());
        co_await wait_for(all, [&] { return all.seen.size() > 100; });
        for (int round = 0; round < 2; ++round) {
            worker second{loop, cluster, all, 13};
            members.spawn(second.run());
            co_await wait_for(all, [&] { return second.owned() == partitions / 2; });
            co_await fill();
            sent += 200 * partitions;
            co_await wait_for(all, [&] { return all.all_of(sent); });
            co_await second.leave();
            co_await fill();
            sent += 200 * partitions;
            co_await wait_for(all, [&] { return all.all_of(sent); });
        }
        co_await first.leave();
    };
    co_await with_scope({}, body);

    BOOST_TEST(all.seen.size() == sent);
    for (const auto& [record, times] : all.seen)
        BOOST_TEST_REQUIRE(times == 1, record.first << ' ' << record.second << " came " << times << " times");
}

SLUICE_TEST_CASE(nothing_else_comes_until_an_assignment_is_answered)
{
    const auto loop = co_await asio::this_coro::executor;
    test_cluster cluster;
    cluster.broker.create_topic("orders", 1);
    co_await cluster.fill("orders", 1, 10);
    obedient_member member{loop, cluster, {.group = "readers", .topics = {"orders"}}};
    const auto first = co_await member.source.next();
    BOOST_TEST_REQUIRE(std::holds_alternative<assigned>(first));

    auto& time = clock::of(loop);
    cancellation patience{{}, time, time.now() + 300ms};
    bool came = true;
    try {
        co_await run_under(patience.token(), member.source.next());
    } catch (const boost::system::system_error&) {
        came = false;
    }
    BOOST_TEST(!came);
    co_await member.answer(first);
    const auto records = co_await member.read(10);
    BOOST_TEST(records.size() == 10);
    co_await member.close();
}

SLUICE_TEST_CASE(an_answer_that_nobody_asked_for_is_refused)
{
    const auto loop = co_await asio::this_coro::executor;
    test_cluster cluster;
    obedient_member member{loop, cluster, {.group = "readers", .topics = {"orders"}}};
    const auto accepted = co_await member.source.accept({});
    BOOST_TEST((accepted.error() == errc::invalid));
    const auto given = co_await member.source.give_up({});
    BOOST_TEST((given.error() == errc::invalid));
    co_await member.close();
}

SLUICE_TEST_CASE(a_member_that_leaves_unanswered_is_gone_at_once)
{
    const auto loop = co_await asio::this_coro::executor;
    test_cluster cluster;
    cluster.broker.create_topic("orders", 1);
    obedient_member member{loop, cluster, {.group = "readers", .topics = {"orders"}}};
    const auto asked = co_await member.source.next();
    BOOST_TEST_REQUIRE(std::holds_alternative<assigned>(asked));
    auto& time = clock::of(loop);
    const auto before = time.now();
    co_await member.source.close(before + 10s);
    BOOST_TEST((time.now() - before < 5s));
    const auto last = co_await member.source.next();
    BOOST_TEST(std::holds_alternative<closed>(last));
}

SLUICE_TEST_CASE(with_the_broker_away_every_wait_ends_in_time)
{
    const auto loop = co_await asio::this_coro::executor;
    test_cluster cluster;
    cluster.broker.create_topic("orders", 1);
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

    auto& time = clock::of(loop);
    const auto before = time.now();
    co_await member.source.close(before + 500ms);
    BOOST_TEST((time.now() - before < 2s));
    const auto last = co_await member.source.next();
    BOOST_TEST(std::holds_alternative<closed>(last));
    const auto late = co_await member.source.commit(finished);
    BOOST_TEST((late.error() == errc::closed));
}

SLUICE_TEST_CASE(a_broker_that_is_away_is_told_once_and_the_member_comes_back)
{
    const auto loop = co_await asio::this_coro::executor;
    test_cluster cluster;
    cluster.broker.create_topic("orders", 1);
    co_await cluster.fill("orders", 1, 10);
    obedient_member member{
        loop, cluster, {.group = "readers", .topics = {"orders"}}, {{"reconnect.backoff.max.ms", "100"}}};
    co_await member.read(10);
    cluster.broker.down();
    while (member.troubles.empty()) {
        const auto next = co_await member.source.next();
        co_await member.answer(next);
    }
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
    test_cluster cluster;
    cluster.broker.create_topic("orders", 1);
    co_await cluster.fill("orders", 1, 10);
    obedient_member member{loop, cluster, {.group = "readers", .topics = {"orders"}}};
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
