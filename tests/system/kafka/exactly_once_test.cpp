#include "sluice/base/scope.hpp"
#include "sluice/flow/flow.hpp"
#include "sluice/kafka/consumer.hpp"
#include "sluice/kafka/producer.hpp"
#include "sluice/kafka/transactional_producer.hpp"
#include "sluice/testing/test_case.hpp"
#include "sluice/testing/until.hpp"
#include "spans.hpp"
#include "system/kafka/foreign_reader.hpp"

#include <list>
#include <map>
#include <random>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr std::int32_t partitions_in = 6;

/// A process that handles "in" into "out", exactly once: consumer, transactions, flow.
struct worker {
    worker(asio::any_io_executor loop, const one_broker& cluster, offload& blocking, int number)
        : loop{loop},
          with{cluster.with({{"session.timeout.ms", "6000"}, {"heartbeat.interval.ms", "500"}})},
          id{"app.g." + std::to_string(number) + ".0"},
          blocking{blocking},
          source{loop, with, {.group = "g", .topics = {"in"}}, blocking},
          sink{loop, with, {.transactional_id = id, .time_limit = 10s}, blocking, {}}
    {
    }

    awaitable<> run()
    {
        flow_settings how{.group = "g", .mode = delivery::exactly_once, .order = by_key{.running = 16}};
        how.dead_letters = true;
        how.transaction = {.records = 200, .age = 20ms};
        flow records{source,
                     sink,
                     how,
                     {.log = {}, .numbers = numbers, .time = clock::of(loop), .stop = stop.token(), .seed = 1}};
        auto handler = [](const record& what, context&) -> awaitable<reply> {
            if (what.value()->starts_with("poison")) throw permanent_failure{"poison"};
            co_await work_for(std::chrono::milliseconds{what.offset() % 3});
            reply answer;
            answer.add({.topic = "out", .key = std::string{*what.key()}, .value = std::string{*what.value()}});
            co_return answer;
        };
        co_await records.run(handler);
        handled = records.totals().handled;
        ended = true;
    }

    /// As another process would that was started with the same name.
    awaitable<> fence()
    {
        kafka::transactional_producer successor{loop, with, {.transactional_id = id}, blocking, {}};
        const auto opened = co_await successor.open();
        BOOST_TEST(opened.has_value(), opened.error().message());
    }

    asio::any_io_executor loop;
    kafka::settings with;
    std::string id;
    offload& blocking;
    kafka::consumer source;
    kafka::transactional_producer sink;
    cancellation stop;
    metrics numbers;
    std::uint64_t handled = 0;
    bool ended = false;
};

struct load {
    std::map<std::string, int> expected, buried;
    bool all_sent = false;

    awaitable<> run(kafka::producer& to, int count)
    {
        for (int i = 0; i < count;) {
            std::vector<outgoing> some;
            for (int k = 0; k < 50 && i < count; ++k, ++i) {
                const bool poison = i % 100 == 99;
                const auto value = (poison ? "poison-" : "value-") + std::to_string(i);
                ++(poison ? buried : expected)[value];
                some.push_back({.topic = "in", .key = std::to_string(i % 40), .value = value});
            }
            const auto sent = co_await to.send_all(std::move(some));
            for (const auto& each : sent) BOOST_TEST_REQUIRE(each.has_value());
            co_await planned_pause(20ms);
        }
        all_sent = true;
    }
};

std::map<std::string, int> counted(const std::vector<std::string>& values)
{
    std::map<std::string, int> times;
    for (const auto& value : values) ++times[value];
    return times;
}

awaitable<std::int64_t> all_committed(kafka::consumer& asks)
{
    partitions all;
    for (std::int32_t each = 0; each < partitions_in; ++each) all.push_back({"in", each});
    const auto found = co_await asks.committed(all);
    std::int64_t sum = 0;
    if (found)
        for (const auto& each : *found) sum += std::max<std::int64_t>(each.offset, 0);
    co_return sum;
}

// Members join and leave and are fenced while records are sent; then everything is worked off.
awaitable<> come_and_go(int count)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random{seed};
    const auto loop = co_await asio::this_coro::executor;
    one_broker cluster{loop};
    const std::vector<topic_declaration> topics{declared_topic{"in", {.partitions = partitions_in}},
                                                declared_topic{"out", {.partitions = 3}},
                                                declared_topic{"in.g.dlt", {.partitions = partitions_in}}};
    co_await cluster.start(topics);
    load sent;
    std::list<worker> workers;
    {
        kafka::producer to{loop, cluster.with(), {}, cluster.blocking, {}};
        auto body = [&](scope& running) -> awaitable<> {
            int number = 0;
            const auto join = [&] {
                workers.emplace_back(loop, cluster, cluster.blocking, ++number);
                running.spawn(workers.back().run());
            };
            join();
            join();
            running.spawn(sent.run(to, count));
            while (!sent.all_sent) {
                co_await planned_pause(std::chrono::milliseconds{1500 + random() % 2000});
                auto& oldest = *std::find_if(workers.begin(), workers.end(),
                                             [](const worker& each) { return !each.stop.token().cancelled(); });
                switch (random() % 3) {
                    case 0:
                        oldest.stop.cancel(cancel_reason::shutdown);
                        join();
                        break;
                    case 1:
                        join();
                        oldest.stop.cancel(cancel_reason::shutdown);
                        break;
                    default: co_await oldest.fence(); break;
                }
            }
            const auto all_done = [&]() -> awaitable<bool> {
                const auto committed = co_await all_committed(workers.back().source);
                co_return committed >= count;
            };
            co_await testing::until(all_done, "all is committed");
            for (auto& each : workers) each.stop.cancel(cancel_reason::shutdown);
        };
        co_await with_scope({}, body);
        co_await to.close(clock::of(loop).now() + 5s);
    }
    const auto out = co_await read_with_kcat(cluster, "out");
    const auto letters = co_await read_with_kcat(cluster, "in.g.dlt");
    BOOST_TEST((counted(out) == sent.expected));
    BOOST_TEST((counted(letters) == sent.buried));
    std::uint64_t handled = 0;
    for (const auto& each : workers) handled += each.handled;
    BOOST_TEST_MESSAGE(out.size() << " outputs, " << letters.size() << " dead letters, " << workers.size()
                                  << " members, handled " << handled);
    workers.clear();
}

}  // namespace

SLUICE_TEST_CASE(members_come_and_go_and_are_fenced_and_every_output_is_there_once, 300s)
{
    co_await come_and_go(12'000);
}
