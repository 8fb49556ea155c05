#include "sluice/base/scope.hpp"
#include "sluice/flow/flow.hpp"
#include "sluice/kafka/consumer.hpp"
#include "sluice/kafka/detail/version.hpp"
#include "sluice/kafka/producer.hpp"
#include "sluice/testing/test_case.hpp"
#include "sluice/testing/until.hpp"
#include "spans.hpp"
#include "system/kafka/one_broker.hpp"

#include <algorithm>
#include <set>

using namespace sluice;
using namespace sluice::kafka;
using testing::until;
using namespace std::chrono_literals;

namespace {

// How long a member may be away, and how long it may be busy, in Kafka's own eyes.
constexpr auto away = 6s, busy = 3s;

properties classic(duration patience)
{
    const auto limit = std::to_string(patience / 1ms);
    return {{"heartbeat.interval.ms", "200"}, {"session.timeout.ms", limit}, {"max.poll.interval.ms", limit}};
}

properties consumer_protocol()
{
    return {{"group.protocol", "consumer"}, {"max.poll.interval.ms", std::to_string(busy / 1ms)}};
}

std::vector<topic_declaration> orders(std::int32_t partitions)
{
    return {declared_topic{"orders", {.partitions = partitions}}};
}

awaitable<> send(one_broker& cluster, std::vector<outgoing> records)
{
    producer to{co_await asio::this_coro::executor, cluster.with(), {}, cluster.blocking, {}};
    const auto sent = co_await to.send_all(std::move(records));
    for (const auto& each : sent) BOOST_TEST_REQUIRE(each.has_value());
    co_await to.close(clock::of(co_await asio::this_coro::executor).now() + 10s);
}

/// A member that answers what it is asked, and counts.
struct counting_member {
    counting_member(asio::any_io_executor loop, one_broker& cluster, const properties& how, std::string name,
                    wait_queue& changed)
        : source{std::move(loop),
                 cluster.with(how),
                 {.group = "readers", .topics = {"orders"}, .instance = std::move(name)},
                 cluster.blocking},
          changed{changed}
    {
    }

    awaitable<> run()
    {
        for (;;) {
            auto next = co_await source.next();
            if (const auto* ours = std::get_if<assigned>(&next)) {
                ++questions;
                positions from;
                for (const auto& each : ours->partitions) from.push_back({each, position::stored, {}});
                owned.insert(ours->partitions.begin(), ours->partitions.end());
                static_cast<void>(co_await source.accept(std::move(from)));
            } else if (auto* wanted = std::get_if<revoked>(&next)) {
                co_await let_go(std::move(wanted->partitions));
            } else if (auto* gone = std::get_if<lost>(&next)) {
                co_await let_go(std::move(gone->partitions));
            } else if (const auto* trouble = std::get_if<failed>(&next)) {
                BOOST_TEST_MESSAGE(trouble->error.message());
            } else if (std::holds_alternative<closed>(next)) {
                co_return;
            }
            changed.wake_all();
        }
    }

    awaitable<> let_go(partitions which)
    {
        ++questions;
        for (const auto& each : which) owned.erase(each);
        static_cast<void>(co_await source.give_up(std::move(which)));
    }

    awaitable<> close() { co_await source.close(clock::of(co_await asio::this_coro::executor).now() + 10s); }

    consumer source;
    std::set<topic_partition> owned;
    std::size_t questions = 0;  // of the group
    wait_queue& changed;
};

// While a group rebalances it takes no commit: one that is accepted leaves nothing to be asked.
awaitable<> until_stable(counting_member& one)
{
    const auto commits = [&]() -> awaitable<bool> {
        positions none_read;
        for (const auto& each : one.owned) none_read.push_back({each, 0, {}});
        const auto committed = co_await one.source.commit(std::move(none_read));
        co_return committed.has_value();
    };
    co_await until(commits, "the group is stable");
}

// A member with a name of its own goes and comes back before its session is over; the other is asked nothing.
awaitable<> restart_of_a_named_member(properties how)
{
    const auto loop = co_await asio::this_coro::executor;
    one_broker cluster{loop};
    co_await cluster.start(orders(4));
    wait_queue changed;
    counting_member stays{loop, cluster, how, "a.0", changed};
    auto body = [&](scope& running) -> awaitable<> {
        running.spawn(stays.run());
        std::set<topic_partition> before;
        std::size_t asked = 0;
        for (int round = 0; round < 3; ++round) {
            counting_member comes{loop, cluster, how, "b.0", changed};
            auto both = [&](scope& its) -> awaitable<> {
                its.spawn(comes.run());
                const auto both_have_two = [&] { return stays.owned.size() == 2 && comes.owned.size() == 2; };
                co_await until(changed, both_have_two, "each has two partitions");
                co_await until_stable(stays);
                co_await until_stable(comes);
                if (round == 0) {
                    before = comes.owned;
                    asked = stays.questions;
                }
                BOOST_TEST((comes.owned == before));
                BOOST_TEST(stays.questions == asked);
                co_await comes.close();
            };
            co_await with_scope({}, both);
        }
        co_await stays.close();
    };
    co_await with_scope({}, body);
}

// One record takes longer than that; nobody takes its partition.
awaitable<> a_handler_of_twice_the_poll_interval(properties how)
{
    const auto loop = co_await asio::this_coro::executor;
    one_broker cluster{loop};
    co_await cluster.start(orders(1));
    std::vector<outgoing> records;
    for (const char* value : {"slow", "quick"}) records.push_back({.topic = "orders", .value = value});
    co_await send(cluster, std::move(records));

    consumer source{loop, cluster.with(how), {.group = "readers", .topics = {"orders"}}, cluster.blocking};
    producer to{loop, cluster.with(), {}, cluster.blocking, {}};
    std::vector<std::string> started, ended;
    const auto handler = [&](const record& what, context&) -> awaitable<reply> {
        const std::string value{*what.value()};
        started.push_back(value);
        if (value == "slow") co_await work_for(2 * busy + 500ms);
        ended.push_back(value);
        co_return reply{};
    };
    metrics numbers;
    cancellation stop;
    flow_settings settings{.group = "readers"};
    flow subject{source, to, settings, {.log = {}, .numbers = numbers, .time = clock::of(loop), .stop = stop.token()}};
    auto body = [&](scope& running) -> awaitable<> {
        running.spawn(subject.run(handler));
        const auto both_committed = [&]() -> awaitable<bool> {
            const partitions which{{"orders", 0}};
            const auto stands = co_await source.committed(which);
            if (!stands && stands.error() == errc::unavailable) co_return false;  // the coordinator has just moved
            co_return stands.value().at(0).offset == 2;
        };
        co_await until(both_committed, "both records are committed");
        stop.cancel(cancel_reason::shutdown);
    };
    co_await with_scope({}, body);
    const std::vector<std::string> once{"slow", "quick"};
    BOOST_TEST(started == once, boost::test_tools::per_element());
    BOOST_TEST(ended == once, boost::test_tools::per_element());
    BOOST_TEST(!subject.totals().uncommitted);
    co_await to.close(clock::of(loop).now() + 10s);
}

bool no_new_protocol()
{
    if (!kafka::detail::has_consumer_protocol()) BOOST_TEST_MESSAGE("this librdkafka has no new protocol");
    return !kafka::detail::has_consumer_protocol();
}

}  // namespace

SLUICE_TEST_CASE(a_named_member_that_restarts_has_its_partitions_again_without_a_rebalance, 120s)
{
    co_await restart_of_a_named_member(classic(away));
}

SLUICE_TEST_CASE(a_named_member_that_restarts_has_its_partitions_again_with_the_new_protocol, 120s)
{
    if (no_new_protocol()) co_return;
    co_await restart_of_a_named_member(consumer_protocol());
}

SLUICE_TEST_CASE(a_long_handler_keeps_its_membership, 120s)
{
    co_await a_handler_of_twice_the_poll_interval(classic(busy));
}

SLUICE_TEST_CASE(a_long_handler_keeps_its_membership_with_the_new_protocol, 120s)
{
    if (no_new_protocol()) co_return;
    co_await a_handler_of_twice_the_poll_interval(consumer_protocol());
}
