#include "busy_flow.hpp"

#include "sluice/testing/test_case.hpp"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <iostream>

using namespace sluice;
using namespace std::chrono_literals;

// What the handlers need is away for a while, on a topic that stays busy.
SLUICE_TEST_CASE(an_open_breaker_costs_no_attempt_and_no_record_and_full_speed_is_back_in_two_seconds, 180s)
{
    constexpr std::size_t rate = 2'000;
    const duration outage = std::getenv("TEST_FAULT_RECORDS") != nullptr ? 30s : 6s;
    const auto count = rate * static_cast<std::size_t>((outage + 9s) / 1s);
    one_broker kafka{co_await asio::this_coro::executor};
    const topic_settings how{.partitions = 6};
    std::vector<topic_declaration> topics;
    for (const std::string name : {"busy", "busy.g.dlt"}) topics.push_back(declared_topic{name, how});
    co_await kafka.start(std::move(topics));

    busy_flow::settings what{.topic = "busy", .flow = {.group = "g", .order = by_key{.running = 256}}, .rate = rate};
    what.flow.retry = {.attempts = 3, .first_delay = 100ms, .max_delay = 2s};
    what.flow.dead_letters = true;
    what.flow.breaker = breaker_settings{.window = 20, .failures = 0.5, .open = 500ms};
    busy_flow records{co_await asio::this_coro::executor, kafka, what};

    std::vector<int> handled(count);
    std::size_t finished = 0, calls_when_away = 0;
    std::int32_t most_attempts = 0;
    std::optional<time_point> gone, back, full_speed;
    std::deque<time_point> last;  // a tenth of a second's records
    const auto handler = [&](const record& one, context& about) -> awaitable<reply> {
        const auto now = records.time().now();
        const auto [number, made] = busy_flow::of(one);
        if (number >= 3 * rate && !gone) gone = now;
        if (gone && now < *gone + outage) {
            ++calls_when_away;
            throw failure{error{errc::unavailable, "what the handler needs is away"}};
        }
        if (gone && !back) back = now;
        most_attempts = std::max(most_attempts, about.attempt());
        ++handled.at(number);
        ++finished;
        if (back && !full_speed) {
            last.push_back(now);
            if (last.size() > rate / 10) last.pop_front();
            if (last.size() == rate / 10 && now - last.front() <= 100ms) full_speed = now;
        }
        co_return reply{};
    };
    const auto meanwhile = [&]() -> awaitable<> {
        co_await records.send(count);
        co_await records.until([&] { return finished >= count; });
    };
    co_await records.handle(handler, meanwhile);

    const auto totals = records.totals();
    BOOST_TEST(std::ranges::all_of(handled, [](int times) { return times == 1; }));
    BOOST_TEST(totals.dead_lettered == 0U);
    BOOST_TEST(totals.openings >= 1U);
    BOOST_TEST(most_attempts <= 1);
    BOOST_REQUIRE((back && full_speed));
    const auto recovery = *gone + outage;
    BOOST_TEST((*full_speed - recovery <= 2s));
    std::cout << "away for " << outage / 1s << " s: " << calls_when_away << " calls in vain, the first record "
              << (*back - recovery) / 1ms << " ms after it, full speed after " << (*full_speed - recovery) / 1ms
              << " ms" << std::endl;
    co_await kafka.kafka.discard();
}
