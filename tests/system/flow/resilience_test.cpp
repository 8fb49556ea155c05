#include "sluice/base/scope.hpp"
#include "sluice/flow/dead_letter.hpp"
#include "sluice/flow/flow.hpp"
#include "sluice/kafka/consumer.hpp"
#include "sluice/kafka/producer.hpp"
#include "sluice/testing/test_case.hpp"
#include "sluice/testing/until.hpp"
#include "spans.hpp"
#include "system/kafka/one_broker.hpp"

#include <algorithm>
#include <map>

namespace sluice {
using namespace std::chrono_literals;
using testing::until;

namespace {

constexpr std::int32_t partitions_of_work = 4;

std::vector<topic_declaration> topics_of(const flow_settings& how)
{
    std::vector<topic_declaration> all;
    const auto add = [&](std::string name) {
        all.push_back(declared_topic{std::move(name), {.partitions = partitions_of_work}});
    };
    add("work");
    add(dead_letter_topic("work", how.group));
    add(retry_topic("work", how.group, {}));
    for (const auto delay : how.retry_topics) add(retry_topic("work", how.group, delay));
    return all;
}

/// A flow on a broker of its own, and what its handler saw.
struct worker {
    struct attempt {
        std::int32_t number;
        time_point at;
    };

    worker(asio::any_io_executor loop, const one_broker& cluster, offload& blocking, const flow_settings& how)
        : time{clock::of(loop)},
          out{loop, cluster.with(), {}, blocking, {}},
          in{loop, cluster.with({{"session.timeout.ms", "6000"}}), subscription(how), blocking},
          work{in, out, how, {.log = {}, .numbers = numbers, .time = time, .stop = stop.token()}}
    {
    }

    static kafka::consumer_settings subscription(const flow_settings& how)
    {
        kafka::consumer_settings all{.group = how.group, .topics = {}};
        for (const auto& topic : topics_of(how))
            if (!topic.name().ends_with(".dlt")) all.topics.push_back(topic.name());
        return all;
    }

    awaitable<> put(std::string value, std::string topic = "work")
    {
        outgoing one{.topic = std::move(topic), .key = value, .value = value};
        const auto sent = co_await out.send(std::move(one));
        BOOST_TEST_REQUIRE(sent.has_value());
        ++put_so_far;
    }

    clock& time;
    metrics numbers;
    cancellation stop;
    kafka::producer out;
    kafka::consumer in;
    std::map<std::string, std::vector<attempt>> seen;
    std::size_t put_so_far = 0;
    flow work;
};

using script = std::function<awaitable<>(worker&)>;

awaitable<> run(flow_settings how, std::function<awaitable<>(worker&, const record&)> handle, script what)
{
    const auto loop = co_await asio::this_coro::executor;
    one_broker cluster{loop};
    co_await cluster.start(topics_of(how));
    worker one{loop, cluster, cluster.blocking, how};
    for (const auto& topic : topics_of(how)) {
        const auto known = co_await one.out.learn(topic.name());
        BOOST_TEST_REQUIRE(known.has_value());
    }
    auto body = [&](scope& children) -> awaitable<> {
        const record_handler handler = [&](const record& record, context& about) -> awaitable<reply> {
            one.seen[std::string{*record.value()}].push_back({about.attempt(), one.time.now()});
            co_await handle(one, record);
            co_return reply{};
        };
        children.spawn(one.work.run(handler));
        const auto all = (topics_of(how).size() - 1) * partitions_of_work;
        const auto assigned = [&] { return one.work.totals().partitions == all; };
        co_await until(assigned, "all partitions are assigned", 60s);
        co_await what(one);
        BOOST_TEST(one.work.totals().partitions == all);
        one.stop.cancel(cancel_reason::shutdown);
    };
    co_await with_scope({}, body);
    co_await one.out.close(one.time.now() + 10s);
}

}  // namespace

SLUICE_TEST_CASE(on_kafka_detours_take_their_time_and_hold_back_no_fresh_record, 180s)
{
    const flow_settings how{.group = "g", .order = unordered{}, .dead_letters = true, .retry_topics = {1s, 5s}};
    const auto handle = [](worker& self, const record& what) -> awaitable<> {
        const auto attempts = self.seen[std::string{*what.value()}].size();
        if (what.value()->starts_with("ill") && attempts <= 2) throw std::runtime_error{"not today"};
        if (what.value()->starts_with("hopeless")) throw std::runtime_error{"never"};
        co_return;
    };
    constexpr int rounds = 150;
    std::map<std::string, time_point> put;
    const auto what = [&](worker& self) -> awaitable<> {
        for (int i = 0; i < rounds; ++i) {
            co_await self.put("ill " + std::to_string(i));
            const auto well = "well " + std::to_string(i);
            put[well] = self.time.now();
            co_await self.put(well);
            if (i % 50 == 0) co_await self.put("hopeless " + std::to_string(i));
            co_await planned_pause(50ms);
        }
        co_await self.put("redriven", retry_topic("work", "g", {}));
        const auto all_ended = [&] {
            const auto now = self.work.totals();
            return now.handled == 2u * rounds + 1 && now.dead_lettered == 3u;
        };
        co_await until(all_ended, "all but 3 are handled, and those are dead letters", 60s);
        BOOST_TEST(self.work.totals().detoured == 2u * rounds + 2u * 3);
    };
    const auto all = [&](worker& self) -> awaitable<> {
        co_await what(self);
        std::size_t early = 0, late = 0, slow = 0;
        for (const auto& [value, attempts] : self.seen) {
            if (value.starts_with("well")) slow += attempts[0].at - put[value] > 500ms;
            if (value.starts_with("well") || value == "redriven") {
                BOOST_TEST(attempts.size() == 1u);
                continue;
            }
            BOOST_TEST_REQUIRE(attempts.size() == 3u);
            const duration delays[]{1s, 5s};
            for (std::size_t n = 0; n < 2; ++n) {
                BOOST_TEST(attempts[n + 1].number == static_cast<std::int32_t>(n + 2));
                const auto took = attempts[n + 1].at - attempts[n].at;
                early += took < delays[n] - 2ms;
                // The send is part of it.
                late += took > delays[n] + std::max<duration>(delays[n] / 10, 250ms);
            }
        }
        BOOST_TEST(early == 0u);
        BOOST_TEST(late <= 2u * rounds / 20, late << " detours took too long");
        BOOST_TEST(slow <= rounds / 20u, slow << " fresh records waited");
    };
    co_await run(how, handle, all);
}

SLUICE_TEST_CASE(on_kafka_a_breaker_open_for_30_seconds_loses_no_attempt_and_no_membership, 240s)
{
    flow_settings how{.group = "g", .order = by_key{.running = 64}, .dead_letters = true};
    how.retry = {.attempts = 2, .first_delay = 100ms, .max_delay = 1s};
    how.breaker = breaker_settings{.window = 20, .failures = 0.5, .open = 1s};
    bool down = false;
    const auto handle = [&](worker&, const record&) -> awaitable<> {
        co_await work_for(5ms);
        if (down) throw failure{error{errc::unavailable, "no answer"}};
    };
    const auto busy = [](worker& self, duration span) -> awaitable<> {
        for (const auto end = self.time.now() + span; self.time.now() < end;) {
            std::vector<outgoing> some;
            for (int i = 0; i < 10; ++i) {
                const auto value = std::to_string(self.put_so_far++);
                some.push_back({.topic = "work", .key = value, .value = value});
            }
            const auto sent = co_await self.out.send_all(std::move(some));
            for (const auto& one : sent) BOOST_TEST_REQUIRE(one.has_value());
            co_await planned_pause(50ms);
        }
    };
    const auto what = [&](worker& self) -> awaitable<> {
        co_await busy(self, 3s);
        down = true;
        co_await busy(self, 1s);
        BOOST_TEST(self.work.totals().open);
        const auto stood = self.work.totals().handled;
        co_await busy(self, 29s);
        BOOST_TEST(self.work.totals().handled == stood);
        const auto backlog = self.put_so_far - stood;
        BOOST_TEST(backlog > 1000u);
        down = false;
        const auto made_up = [&] {
            return self.work.totals().handled - stood >= std::min<std::size_t>(backlog, 2000) / 2;
        };
        co_await until(made_up, "half of the backlog is made up for", 2s);
        BOOST_TEST(!self.work.totals().open);
        co_await busy(self, 2s);
        const auto all_handled = [&] { return self.work.totals().handled == self.put_so_far; };
        co_await until(all_handled, "all are handled", 60s);
        BOOST_TEST(self.work.totals().dead_lettered == 0u);
        BOOST_TEST(self.work.totals().openings == 1u);
        for (const auto& [value, attempts] : self.seen) BOOST_TEST_REQUIRE(attempts.back().number == 1);
    };
    co_await run(how, handle, what);
}

}  // namespace sluice
