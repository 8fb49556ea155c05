#include "sluice/base/scope.hpp"
#include "sluice/flow/flow.hpp"
#include "sluice/kafka/consumer.hpp"
#include "sluice/kafka/producer.hpp"
#include "sluice/testing/test_case.hpp"
#include "sluice/testing/until.hpp"
#include "system/kafka/one_broker.hpp"

#include <list>
#include <map>

using namespace sluice;
using namespace sluice::kafka;
using testing::until;
using namespace std::chrono_literals;

namespace {

constexpr std::int32_t partitions_of_orders = 4;
constexpr int records_of_each = 200;

// By value, which is unique: how often each was started, with which attempts, and which have succeeded.
struct handled {
    std::map<std::string, std::vector<std::int32_t>> attempts;
    std::map<std::string, int> successes;
    wait_queue changed;
};

// A process of the group: one flow on a consumer of its own.
struct process {
    process(const asio::any_io_executor& loop, one_broker& cluster, producer& to, flow_settings how, handled& all)
        : all{all},
          from{loop, cluster.with(), {.group = "workers", .topics = {"orders"}}, cluster.blocking},
          subject{
              from, to, std::move(how), {.log = {}, .numbers = numbers, .time = clock::of(loop), .stop = stop.token()}}
    {
    }

    awaitable<> run()
    {
        record_handler handler = [this](const record& what, context& about) { return handle(what, about); };
        co_await subject.run(std::move(handler));
        ended = true;
        all.changed.wake_all();
    }

    // What is ill fails at its first attempt.
    awaitable<reply> handle(const record& what, context& about)
    {
        const std::string value{what.value().value_or("")};
        all.attempts[value].push_back(about.attempt());
        all.changed.wake_all();
        if (value.starts_with("ill") && about.attempt() == 1) throw std::runtime_error{"not today"};
        ++all.successes[value];
        co_return reply{};
    }

    handled& all;
    metrics numbers;
    cancellation stop;
    kafka::consumer from;
    flow subject;
    bool ended = false;
};

awaitable<> fill(producer& to)
{
    std::vector<outgoing> some;
    for (std::int32_t partition = 0; partition < partitions_of_orders; ++partition)
        for (int i = 0; i < records_of_each; ++i) {
            const std::string name{(i % 20 == 0 ? "ill " : "well ") + std::to_string(partition) + '/' +
                                   std::to_string(i)};
            some.push_back({.topic = "orders", .key = name, .value = name, .partition = partition});
        }
    const auto results = co_await to.send_all(std::move(some));
    for (const auto& each : results) BOOST_TEST_REQUIRE(each.has_value());
}

awaitable<positions> committed(one_broker& cluster)
{
    kafka::admin admin{cluster.with(), cluster.blocking, {}};
    partitions all;
    for (std::int32_t partition = 0; partition < partitions_of_orders; ++partition)
        all.push_back({"orders", partition});
    auto found = co_await admin.committed("workers", std::move(all));
    BOOST_TEST_REQUIRE(found.has_value());
    co_return std::move(*found);
}

}  // namespace

SLUICE_TEST_CASE(a_new_member_goes_on_with_what_is_finished_and_with_the_attempts, 120s)
{
    const auto loop = co_await asio::this_coro::executor;
    one_broker cluster{loop};
    const std::vector<topic_declaration> topics{declared_topic{"orders", {.partitions = partitions_of_orders}}};
    co_await cluster.start(topics);
    producer to{loop, cluster.with(), {}, cluster.blocking, {}};
    co_await fill(to);
    flow_settings how{.group = "workers", .order = by_key{}, .dead_letters = true};
    how.retry = {.attempts = 3, .first_delay = 1h, .max_delay = 1h};
    handled all;
    const std::size_t ill = partitions_of_orders * records_of_each / 20;
    const std::size_t records = partitions_of_orders * records_of_each;
    const auto all_tried = [&] { return all.attempts.size() == records; };
    const auto all_done = [&] { return all.successes.size() == records; };

    std::list<process> processes;  // outlive what runs in the scope
    const auto start = [&](scope& running) -> process& {
        auto& fresh = processes.emplace_back(loop, cluster, to, how, all);
        running.spawn(fresh.run());
        return fresh;
    };
    auto body = [&](scope& running) -> awaitable<> {
        auto& one = start(running);
        co_await until(all.changed, all_tried, "all are tried");
        BOOST_TEST_MESSAGE("all tried, " << all.successes.size() << " handled");
        BOOST_TEST(all.successes.size() == records - ill);
        // A second member takes some of the partitions over; their retries need not wait for their hour there.
        auto& other = start(running);
        const auto taken_over = [&] { return all.successes.size() > records - ill; };
        co_await until(all.changed, taken_over, "partitions are taken over");
        BOOST_TEST_MESSAGE("taken over, " << all.successes.size() << " handled");
        one.stop.cancel(cancel_reason::shutdown);
        other.stop.cancel(cancel_reason::shutdown);
        const auto both_ended = [&] { return one.ended && other.ended; };
        co_await until(all.changed, both_ended, "both have left");
        auto& last = start(running);
        co_await until(all.changed, all_done, "all are done");
        last.stop.cancel(cancel_reason::shutdown);
        co_await running.join();
    };
    co_await with_scope({}, body);
    for (const auto& [value, attempts] : all.attempts) {
        const std::vector<std::int32_t> expected = value.starts_with("ill") ? std::vector{1, 2} : std::vector{1};
        BOOST_TEST(attempts == expected, value << " was tried " << attempts.size() << " times");
    }
    const auto at = co_await committed(cluster);
    for (const auto& each : at) {
        BOOST_TEST(each.offset == records_of_each);
        BOOST_TEST(each.metadata == "");
    }
    co_await to.close(clock::of(loop).now() + 5s);
}

SLUICE_TEST_CASE(at_most_once_commits_first_and_repeats_nothing, 120s)
{
    const auto loop = co_await asio::this_coro::executor;
    one_broker cluster{loop};
    const std::vector<topic_declaration> topics{declared_topic{"orders", {.partitions = partitions_of_orders}}};
    co_await cluster.start(topics);
    producer to{loop, cluster.with(), {}, cluster.blocking, {}};
    co_await fill(to);
    const flow_settings how{.group = "workers", .mode = delivery::at_most_once, .order = by_key{}};
    handled all;
    const std::size_t records = partitions_of_orders * records_of_each;
    const auto all_tried = [&] { return all.attempts.size() == records; };
    process one{loop, cluster, to, how, all}, other{loop, cluster, to, how, all};
    auto body = [&](scope& running) -> awaitable<> {
        running.spawn(one.run());
        running.spawn(other.run());
        co_await until(all.changed, all_tried, "all are tried");
        one.stop.cancel(cancel_reason::shutdown);
        const auto one_ended = [&] { return one.ended; };
        co_await until(all.changed, one_ended, "one has left");
        other.stop.cancel(cancel_reason::shutdown);
        co_await running.join();
        BOOST_TEST(one.subject.totals().forgone + other.subject.totals().forgone == records / 20);
    };
    co_await with_scope({}, body);
    for (const auto& [value, attempts] : all.attempts) BOOST_TEST(attempts.size() == 1u, value);
    const auto at = co_await committed(cluster);
    for (const auto& each : at) BOOST_TEST(each.offset == records_of_each);
    co_await to.close(clock::of(loop).now() + 5s);
}
