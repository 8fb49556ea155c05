#include "sluice/base/scope.hpp"
#include "sluice/testing/test_case.hpp"

#include "shop.hpp"
#include "shoppers.hpp"
#include "spans.hpp"

#include <algorithm>
#include <iostream>
#include <random>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

awaitable<> judge(shop& what, const shoppers& customers)
{
    customers.describe(what.folder / "orders.json");
    co_await what.until_settled(300s);
    co_await what.judge();
    co_await what.close();
}

// Every role's processes and the database in a random order, again and again, until the time is over; one in eight of
// the processes is stopped in order instead.
awaitable<> kill_at_random(shop& what, std::uint64_t seed, duration span)
{
    std::mt19937_64 random{seed};
    const auto any = [&](int least, int most) { return std::uniform_int_distribution{least, most}(random); };
    const auto& time = clock::of(co_await asio::this_coro::executor);
    const auto end = time.now() + span;
    std::vector<shop::member*> deck{nullptr};  // the database
    for (auto& one : what.members()) deck.push_back(&one);
    do {
        std::ranges::shuffle(deck, random);
        for (auto* one : deck) {
            co_await planned_pause(std::chrono::milliseconds{any(100, 1'500)});
            if (one == nullptr) {
                co_await what.kill_database();
                co_await what.database.restart();
            } else if (any(0, 7) == 0) {
                co_await what.stop(*one);
                what.start(*one);
            } else {
                co_await what.kill(*one);
            }
        }
    } while (time.now() < end);
}

// Who asks longer than the faults last is to be served.
shoppers::settings customers_of(shop& what, std::uint64_t seed, duration faults, std::size_t rate = 300)
{
    return {.checkouts = what.ports_of("checkout"), .seed = seed, .rate = rate, .patience = faults + 60s};
}

std::chrono::seconds length_of_pause()
{
    return std::chrono::seconds{given("TEST_FAULT_PAUSE", 6)};
}

// Reading is refused with an answer as well, and soon.
awaitable<> expect_unavailable(unsigned short port, std::string target)
{
    const http::client_settings where{.port = port, .time_limit = 5s};
    http::client client{co_await asio::this_coro::executor, where};
    const auto answer = co_await client.get(target);
    BOOST_REQUIRE_MESSAGE(answer.has_value(), target << ": " << answer.error().message());
    BOOST_TEST(answer->status == 503U, target << " is answered " << answer->status);
    BOOST_TEST(answer->header("Retry-After").has_value(), target);
}

}  // namespace

SLUICE_TEST_CASE(every_order_is_settled_once_while_every_role_is_killed_at_random, 1200s)
{
    const auto loop = co_await asio::this_coro::executor;
    const auto seed = seed_of_run();
    shop what{loop, {}};
    co_await what.open();
    const std::chrono::seconds span{given("TEST_FAULT_SECONDS", 15)};
    shoppers customers{loop, customers_of(what, seed, span)};
    const auto faults = [&]() -> awaitable<> {
        co_await customers.accepts(300);
        co_await kill_at_random(what, seed, span);
        co_await customers.accepts(300);
    };
    co_await customers.during(faults);
    co_await judge(what, customers);
}

SLUICE_TEST_CASE(a_stopped_payment_delays_only_payment_and_without_crashes_nothing_happens_twice, 600s)
{
    const auto loop = co_await asio::this_coro::executor;
    shop what{loop, {.faultless = true}};
    co_await what.open();
    shoppers customers{loop, customers_of(what, seed_of_run(), 0s, 150)};  // what a busy machine keeps pace with
    const auto payments = what.of_role("payment");
    const auto pause = [&]() -> awaitable<> {
        co_await customers.accepts(150);
        co_await what.until_current(150, 60s);  // all have found their groups
        for (auto* one : payments) co_await what.stop(*one);
        co_await planned_pause(length_of_pause());
        const auto lags = co_await what.lags();
        for (const auto& [group, behind] : lags) {
            std::cout << "payment stopped: " << group << " is behind by " << behind << std::endl;
            if (group != "payment-service") BOOST_TEST(behind < lags.at("payment-service") / 4);
        }
        for (auto* one : payments) what.start(*one);
        co_await customers.accepts(300);
    };
    co_await customers.during(pause);
    co_await judge(what, customers);
}

SLUICE_TEST_CASE(a_database_that_is_away_gives_503_and_everything_resumes_by_itself, 600s)
{
    const auto loop = co_await asio::this_coro::executor;
    shop what{loop, {}};
    co_await what.open();
    shoppers customers{loop, customers_of(what, seed_of_run(), length_of_pause())};
    const auto outages = [&]() -> awaitable<> {
        co_await customers.accepts(300);
        co_await what.kill_database();
        co_await customers.answers(503, 100);
        co_await expect_unavailable(what.ports_of("inventory").front(), "/stock/SKU-001");
        co_await expect_unavailable(what.ports_of("checkout").front(), "/orders/3f2b6c1e-0d5a-4c7e-9b1a-2f4e6d8c0a12");
        co_await expect_unavailable(what.ports_of("order-analytics").front(), "/analytics/orders");
        co_await what.database.restart();
        co_await customers.accepts(600);
        what.database.suspend();
        what.count("database suspensions");
        co_await planned_pause(length_of_pause());
        what.database.resume();
        co_await customers.accepts(600);
    };
    co_await customers.during(outages);
    co_await judge(what, customers);
}
