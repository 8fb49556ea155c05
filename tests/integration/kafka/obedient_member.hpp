#pragma once

#include "sluice/kafka/consumer.hpp"
#include "sluice/kafka/embedded_broker.hpp"
#include "sluice/kafka/producer.hpp"
#include "sluice/testing/topic_reader.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::kafka {

/// A cluster inside the process, and the pool that the clients of one test end on.
struct test_cluster {
    embedded_broker broker;
    offload blocking;

    /// Settings of a member that notices a rebalance quickly.
    [[nodiscard]] settings member_settings(properties more = {}) const
    {
        auto from = broker.client_settings();
        from.properties.insert({{"heartbeat.interval.ms", "100"}, {"session.timeout.ms", "6000"}});
        for (auto& [name, value] : more) from.properties.insert_or_assign(name, value);
        return from;
    }

    awaitable<> send(std::vector<outgoing> records)
    {
        producer to{co_await asio::this_coro::executor, broker.client_settings(), {}, blocking, {}};
        const auto sent = co_await to.send_all(std::move(records));
        for (const auto& each : sent) BOOST_TEST_REQUIRE(each.has_value());
        co_await to.close(clock::of(co_await asio::this_coro::executor).now() + std::chrono::seconds{5});
    }

    /// The first `count` records of a topic.
    awaitable<std::vector<record>> read(std::string topic, std::size_t count)
    {
        testing::topic_reader reader{co_await asio::this_coro::executor, broker.client_settings(), blocking};
        co_await reader.open(std::move(topic));
        auto all = co_await reader.read(count);
        co_await reader.close();
        co_return all;
    }

    /// `count` records a partition; a record's value is its offset in an empty topic.
    awaitable<> fill(std::string topic, std::int32_t partitions, int count, int first = 0)
    {
        std::vector<outgoing> records;
        for (int i = first; i < first + count; ++i)
            for (std::int32_t p = 0; p < partitions; ++p)
                records.push_back({.topic = topic, .value = std::to_string(i), .partition = p});
        co_await send(std::move(records));
    }
};

/// A member of the group that most tests are about.
inline consumer_settings readers(std::size_t batch = 1000)
{
    return {.group = "readers", .topics = {"orders"}, .batch = batch};
}

/// A cluster with one topic.
struct cluster_of_orders : test_cluster {
    explicit cluster_of_orders(std::int32_t partitions = 1) { broker.create_topic("orders", partitions); }
};

/// A member of a group that answers what it is asked at once, and remembers.
class obedient_member {
public:
    obedient_member(asio::any_io_executor loop, test_cluster& cluster, consumer_settings what, properties more = {})
        : source{loop, cluster.member_settings(std::move(more)), std::move(what), cluster.blocking}
    {
    }

    /// Reads until `count` records came.
    awaitable<std::vector<record>> read(std::size_t count)
    {
        std::vector<record> all;
        while (all.size() < count) {
            auto next = co_await source.next();
            if (auto* some = std::get_if<batch>(&next))
                for (auto& each : some->records) all.push_back(std::move(each));
            else
                co_await answer(next);
        }
        co_return all;
    }

    /// Reads until an assignment came, and accepts it.
    awaitable<> join()
    {
        while (owned.empty()) {
            const auto next = co_await source.next();
            co_await answer(next);
        }
    }

    awaitable<> answer(const event& asked)
    {
        if (const auto* ours = std::get_if<assigned>(&asked)) {
            positions from;
            for (const auto& each : ours->partitions) from.push_back({each, position::stored, {}});
            owned.insert(owned.end(), ours->partitions.begin(), ours->partitions.end());
            const auto accepted = co_await source.accept(std::move(from));
            BOOST_TEST_REQUIRE(accepted.has_value());
        } else if (const auto* wanted = std::get_if<revoked>(&asked)) {
            co_await give_up(wanted->partitions);
        } else if (const auto* gone = std::get_if<lost>(&asked)) {
            co_await give_up(gone->partitions);
        } else if (const auto* trouble = std::get_if<failed>(&asked)) {
            troubles.push_back(trouble->error);
        } else {
            BOOST_TEST_REQUIRE(!std::holds_alternative<closed>(asked));
        }
    }

    awaitable<> close()
    {
        co_await source.close(clock::of(co_await asio::this_coro::executor).now() + std::chrono::seconds{10});
    }

    /// Closes it with a deadline, and checks that it is closed before `limit`.
    awaitable<> close_within(duration deadline, duration limit)
    {
        const auto& time = clock::of(co_await asio::this_coro::executor);
        const auto before = time.now();
        co_await source.close(before + deadline);
        BOOST_TEST((time.now() - before < limit));
        const auto last = co_await source.next();
        BOOST_TEST(std::holds_alternative<closed>(last));
    }

    /// Answers until it has been told of a trouble.
    awaitable<> told()
    {
        while (troubles.empty()) {
            const auto next = co_await source.next();
            co_await answer(next);
        }
    }

    consumer source;
    partitions owned;
    std::vector<error> troubles;

private:
    awaitable<> give_up(partitions which)
    {
        for (const auto& each : which) std::erase(owned, each);
        const auto given = co_await source.give_up(std::move(which));
        BOOST_TEST_REQUIRE(given.has_value());
    }
};

}  // namespace sluice::kafka
