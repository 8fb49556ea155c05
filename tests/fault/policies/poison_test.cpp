#include "busy_flow.hpp"
#include "latencies.hpp"

#include "sluice/testing/test_case.hpp"
#include "spans.hpp"

#include <algorithm>
#include <iostream>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t rate = 2'000;
constexpr std::size_t bound = 10'000;  // parked

awaitable<> start(one_broker& kafka)
{
    const topic_settings how{.partitions = 6};
    std::vector<topic_declaration> topics;
    for (const std::string name : {"ward", "ward.g.dlt"}) topics.push_back(declared_topic{name, how});
    co_await kafka.start(std::move(topics));
}

busy_flow::settings settings()
{
    busy_flow::settings what{.topic = "ward", .flow = {.group = "g", .order = by_key{.running = 256}}, .rate = rate};
    what.flow.dead_letters = true;
    what.flow.parked = bound;
    return what;
}

void print(latencies& all)
{
    std::cout << "p99 of healthy keys: " << all.without() / 1us << " us without poison, " << all.with() / 1us
              << " us with it" << std::endl;
}

}  // namespace

// Of a hundred records one fails always, and five fail twice, in every other window.
SLUICE_TEST_CASE(poison_costs_exactly_its_attempts_and_healthy_keys_do_not_wait_for_it, 180s)
{
    enum class fate { well, shaky, poison };
    const auto fate_of = [](std::size_t number, bool poisoned) {
        const auto drawn = number * 2654435761U % 4294967296U / 97 % 100;
        if (!poisoned) return fate::well;
        return drawn == 0 ? fate::poison : drawn <= 5 ? fate::shaky : fate::well;
    };
    struct seen {
        fate what = fate::well;
        bool measured = false;
        std::int32_t attempts = 0;
        time_point last;
    };
    one_broker kafka{co_await asio::this_coro::executor};
    co_await start(kafka);
    auto what = settings();
    what.flow.retry = {.attempts = 5, .first_delay = 100ms, .max_delay = 2s};
    busy_flow records{co_await asio::this_coro::executor, kafka, what};

    std::vector<seen> all;
    std::size_t done = 0, most_running = 0;
    latencies measured;
    const auto handler = [&](const record& one, context& about) -> awaitable<reply> {
        const auto [number, made] = busy_flow::of(one);
        auto& mine = all.at(number);
        const auto now = records.time().now();
        BOOST_REQUIRE(++mine.attempts == about.attempt());
        // Half of the delay is drawn: 50 to 100 ms, 100 to 200 ms …
        if (mine.attempts > 1) BOOST_TEST((now - mine.last >= 50ms * (1 << (mine.attempts - 2)) - 1ms));
        if (mine.measured && mine.what == fate::well) measured.saw(now - made);
        most_running = std::max(most_running, records.totals().running);
        co_await work_for(80ms);  // so that 160 run
        auto& still = all.at(number);
        still.last = records.time().now();
        const bool last = still.what == fate::poison && still.attempts == 5;
        const bool fails = still.what == fate::poison || (still.what == fate::shaky && still.attempts < 3);
        if (last || !fails) ++done;
        if (fails) throw std::runtime_error{"again"};
        co_return reply{};
    };
    const auto window = [&](bool poisoned) -> awaitable<> {
        const auto first = all.size(), settled = first + rate, end = settled + rate * 3 / 2;
        all.resize(end);
        for (auto number = first; number < end; ++number)
            all[number] = {.what = fate_of(number, poisoned), .measured = number >= settled, .last = {}};
        measured.begin(poisoned);
        co_await records.send(end - first);
        co_await records.until([&] { return done == end; });
    };
    // A machine that is busy with something else from one window on gets more of them.
    const auto windows = [&]() -> awaitable<> {
        for (int pairs = 1; pairs <= 9 && (pairs <= 3 || !measured.alike()); ++pairs) {
            co_await window(false);
            co_await window(true);
        }
    };
    co_await records.handle(handler, windows);

    const auto expected = [](fate of) { return of == fate::poison ? 5 : of == fate::shaky ? 3 : 1; };
    for (const auto& one : all) BOOST_REQUIRE(one.attempts == expected(one.what));
    const auto poison = static_cast<std::size_t>(std::ranges::count(all, fate::poison, &seen::what));
    const auto totals = records.totals();
    BOOST_TEST(totals.dead_lettered == poison);
    BOOST_TEST(totals.handled == all.size() - poison);
    BOOST_TEST(!totals.uncommitted);
    BOOST_TEST(most_running <= 256U);
    print(measured);
    BOOST_TEST(measured.alike());
    co_await kafka.kafka.discard();
}

// As many records wait for a retry as may; then more than may, and nothing more is fetched until they are retried.
SLUICE_TEST_CASE(ten_thousand_parked_records_cost_healthy_keys_no_time_and_beyond_them_fetching_stops, 180s)
{
    constexpr auto session = 6s;
    one_broker kafka{co_await asio::this_coro::executor};
    co_await start(kafka);
    auto what = settings();
    what.flow.retry = {.attempts = 2, .first_delay = 20s, .max_delay = 20s};  // from 10 s on
    what.member = {{"session.timeout.ms", "6000"}, {"max.poll.interval.ms", "6000"}};
    busy_flow records{co_await asio::this_coro::executor, kafka, what};

    struct seen {
        bool ill = false;
        std::int32_t attempts = 0;
    };
    std::vector<seen> all;
    std::size_t started = 0, done = 0, most_running = 0, most_parked = 0;
    latencies measured;
    const auto handler = [&](const record& one, context&) -> awaitable<reply> {
        const auto [number, made] = busy_flow::of(one);
        const auto now = records.time().now();
        const bool ill = all.at(number).ill, fails = ill && all[number].attempts == 0;
        ++all[number].attempts;
        ++started;
        if (!ill) measured.saw(now - made);
        const auto totals = records.totals();
        most_running = std::max(most_running, totals.running);
        most_parked = std::max(most_parked, totals.parked);
        co_await work_for(ill ? 10ms : 100ms);  // so that 200 of the healthy ones run
        if (fails) throw std::runtime_error{"later"};
        ++done;
        co_return reply{};
    };
    const auto healthy = [&](bool beside) -> awaitable<> {
        measured.begin(beside);
        all.resize(all.size() + rate);
        const auto before = done;
        co_await records.send(rate);
        co_await records.until([&] { return done == before + rate; });
    };
    const auto ill = [&](std::size_t count) -> awaitable<> {
        all.resize(all.size() + count, {.ill = true});
        co_await records.send_at_once(count);
    };
    const auto script = [&]() -> awaitable<> {
        for (int i = 0; i < 3; ++i) co_await healthy(false);
        constexpr std::size_t nearly = bound - 40;
        co_await ill(nearly);
        co_await records.until([&] { return records.totals().parked == nearly; });
        for (int i = 0; i < 4; ++i) co_await healthy(true);
        BOOST_TEST(records.totals().parked == nearly);
        co_await ill(bound * 3 / 2);
        co_await records.until([&] { return records.totals().parked >= bound && records.totals().running == 0; });
        const auto stood = started;
        co_await watch_for(session / 2);
        BOOST_TEST(started == stood);
        co_await records.until([&] { return done == all.size(); });
        for (int i = 0; i < 2; ++i) co_await healthy(false);
        BOOST_TEST(records.taken() == 0U);
    };
    co_await records.handle(handler, script);

    for (const auto& one : all) BOOST_REQUIRE(one.attempts == (one.ill ? 2 : 1));
    const auto totals = records.totals();
    BOOST_TEST(totals.handled == all.size());
    BOOST_TEST(totals.dead_lettered == 0U);
    BOOST_TEST(!totals.uncommitted);
    BOOST_TEST(most_running == 256U);
    BOOST_TEST(most_parked >= bound);
    BOOST_TEST(most_parked < 2 * bound);
    std::cout << "at most " << most_parked << " parked" << std::endl;
    print(measured);
    BOOST_TEST(measured.alike());
    co_await kafka.kafka.discard();
}
