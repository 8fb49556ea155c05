#include "group_history.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/kafka/detail/version.hpp"
#include "sluice/kafka/producer.hpp"
#include "sluice/testing/test_case.hpp"
#include "sluice/testing/until.hpp"
#include "spans.hpp"
#include "system/kafka/one_broker.hpp"

#include <librdkafka/rdkafka.h>

#include <list>
#include <random>

using namespace sluice;
using namespace sluice::kafka;
using namespace std::chrono_literals;

namespace {

constexpr std::int32_t partitions_of_orders = 12;

struct sender {
    bool stop = false, ended = false;
    std::size_t sent = 0;
    wait_queue changed;

    awaitable<> run(producer& to)
    {
        for (int i = 0; !stop; ++i) {
            std::vector<outgoing> some;
            for (int k = 0; k < 20; ++k)
                some.push_back({.topic = "orders", .key = std::to_string(i * 20 + k), .value = "x"});
            const auto results = co_await to.send_all(std::move(some));
            for (const auto& each : results) BOOST_TEST_REQUIRE(each.has_value());
            sent += results.size();
            co_await planned_pause(10ms);
        }
        ended = true;
        changed.wake_all();
    }
};

struct group_of_workers {
    asio::any_io_executor loop;
    const settings& with;
    offload& blocking;
    group_history& all;
    scope& running;
    std::list<group_worker> members = {};

    void add()
    {
        members.emplace_back(loop, with, blocking, all);
        running.spawn(members.back().run());
    }

    [[nodiscard]] bool settled() const
    {
        std::size_t owned = 0;
        for (const auto& each : members) {
            if (!each.ended() && each.owned() == 0) return false;
            owned += each.owned();
        }
        return owned == partitions_of_orders;
    }
};

// Members come and go, at times before the group has settled, while records are sent. None is missed, ever.
awaitable<> rebalance_at_random(properties protocol, bool exactly_once = true)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed << ", librdkafka " << rd_kafka_version_str());
    std::mt19937 random{seed};
    const auto loop = co_await asio::this_coro::executor;
    one_broker cluster{loop};
    const std::vector<topic_declaration> topics{declared_topic{"orders", {.partitions = partitions_of_orders}}};
    co_await cluster.start(topics);
    producer to{loop, cluster.with(), {}, cluster.blocking, {}};
    group_history all;
    sender load;
    const auto with = cluster.with(std::move(protocol));

    auto body = [&](scope& running) -> awaitable<> {
        group_of_workers group{loop, with, cluster.blocking, all, running};
        running.spawn(load.run(to));
        const auto settled = [&] { return group.settled(); };
        group.add();
        for (int round = 0; round < 12; ++round) {
            std::vector<group_worker*> alive;
            for (auto& each : group.members)
                if (!each.ended()) alive.push_back(&each);
            if (alive.size() == 1 || (alive.size() < 4 && random() % 2 == 0))
                group.add();
            else
                alive[random() % alive.size()]->leave();
            if (random() % 3 != 0) co_await all.wait_for(settled);
            co_await planned_pause(std::chrono::milliseconds{random() % 500});
        }
        co_await all.wait_for(settled);
        load.stop = true;
        const auto load_ended = [&] { return load.ended; };
        co_await testing::until(load.changed, load_ended, "the load has ended");
        const auto all_came = [&] { return all.seen.size() == load.sent; };
        co_await all.wait_for(all_came);
        for (auto& each : group.members) each.leave();
        co_await running.join();
    };
    co_await with_scope({}, body);
    co_await to.close(clock::of(loop).now() + 10s);
    BOOST_TEST_MESSAGE(load.sent << " sent, " << all.seen.size() << " seen, " << all.losses << " partitions lost, "
                                 << all.shared << " shared");
    BOOST_TEST(all.seen.size() == load.sent);
    if (exactly_once) all.check_each_once();
}

properties classic(std::string assignor)
{
    return {{"partition.assignment.strategy", std::move(assignor)},
            {"heartbeat.interval.ms", "200"},
            {"session.timeout.ms", "6000"}};
}

}  // namespace

SLUICE_TEST_CASE(members_come_and_go_with_the_default_assignment, 300s)
{
    const properties none;
    co_await rebalance_at_random(none);
}

SLUICE_TEST_CASE(members_come_and_go_eagerly, 300s)
{
    co_await rebalance_at_random(classic("range"));
}

SLUICE_TEST_CASE(members_come_and_go_cooperatively, 300s)
{
    co_await rebalance_at_random(classic("cooperative-sticky"), kafka::detail::cooperative_is_safe());
}

SLUICE_TEST_CASE(members_come_and_go_with_the_new_protocol, 300s)
{
    if (!kafka::detail::has_consumer_protocol()) {
        BOOST_TEST_MESSAGE("librdkafka " << rd_kafka_version_str() << " has no new protocol");
        co_return;
    }
    const properties consumer_protocol{{"group.protocol", "consumer"}};
    co_await rebalance_at_random(consumer_protocol);
}

SLUICE_TEST_CASE(an_unknown_topic_is_told_and_the_others_go_on, 120s)
{
    const auto loop = co_await asio::this_coro::executor;
    one_broker cluster{loop};
    const std::vector<topic_declaration> topics{declared_topic{"orders", {.partitions = 1}}};
    co_await cluster.start(topics);
    producer to{loop, cluster.with(), {}, cluster.blocking, {}};
    outgoing one{.topic = "orders", .value = "x"};
    const auto sent = co_await to.send(std::move(one));
    BOOST_TEST_REQUIRE(sent.has_value());

    const properties at_once{{"topic.metadata.propagation.max.ms", "1"}};  // a new topic is given some time to spread
    consumer source{
        loop, cluster.with(at_once), {.group = "readers", .topics = {"orders", "no-such-topic"}}, cluster.blocking};
    std::vector<error> troubles;
    std::size_t records = 0;
    while (troubles.empty() || records == 0) {
        const auto next = co_await source.next();
        if (const auto* some = std::get_if<batch>(&next)) records += some->records.size();
        if (const auto* trouble = std::get_if<failed>(&next)) troubles.push_back(trouble->error);
        if (std::holds_alternative<assigned>(next)) {
            positions from{{{"orders", 0}, position::stored, {}}};
            const auto accepted = co_await source.accept(std::move(from));
            BOOST_TEST(accepted.has_value());
        }
    }
    BOOST_TEST(troubles.size() == 1);
    BOOST_TEST((troubles[0] == errc::not_found));
    BOOST_TEST(troubles[0].detail.find("no-such-topic") != std::string::npos);
    co_await source.close(clock::of(loop).now() + 10s);
    co_await to.close(clock::of(loop).now() + 10s);
}
