#include "sluice/base/clock.hpp"
#include "sluice/testing/test_case.hpp"
#include "system/orders/order_load.hpp"
#include "system/orders/order_system.hpp"
#include "system/orders/store_reader.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr auto limit = 4s;  // of checkout; a send is answered at the latest three seconds after its own

std::string order_id_of(const seen_record& placed)
{
    const std::string before = R"({"order_id":")";
    return placed.value.value().substr(before.size(), 36);
}

// What each POST was told is what the log holds. Each has a customer of its own, so those without an order id are
// known by the key.
std::map<unsigned, std::size_t> check_against(const std::vector<seen_record>& log,
                                              const std::vector<placed_order>& told)
{
    std::map<std::string, std::vector<std::string>> orders_of;
    std::set<std::string> ids;
    for (const auto& one : log) {
        orders_of[one.key.value()].push_back(order_id_of(one));
        BOOST_TEST(ids.insert(order_id_of(one)).second, order_id_of(one) << " is there twice");
    }
    std::map<unsigned, std::size_t> statuses;
    duration longest{};
    for (const auto& one : told) {
        ++statuses[one.status];
        longest = std::max(longest, one.waited);
        const auto& there = orders_of[one.customer];
        switch (one.status) {
            case 202: BOOST_TEST((there == std::vector{one.order_id}), one.order_id << ": " << there.size()); break;
            case 503: BOOST_TEST(there.empty(), one.customer << " was told that the order is not placed"); break;
            case 504: BOOST_TEST(there.size() <= 1, one.customer << ": " << there.size()); break;
            default: BOOST_TEST(false, one.customer << " got " << one.status);
        }
        if (one.status == 503) BOOST_TEST(one.problem == "/problems/unavailable");
        if (one.status == 504) BOOST_TEST(one.problem == "/problems/outcome-unknown");
        BOOST_TEST((one.waited < limit + 1s), one.customer << " waited for " << one.waited / 1ms << " ms");
    }
    BOOST_TEST_MESSAGE(statuses[202] << " accepted, " << statuses[503] << " times 503, " << statuses[504]
                                     << " times 504 after at most " << longest / 1ms << " ms, " << log.size()
                                     << " in the log");
    return statuses;
}

using step = std::function<awaitable<>(testing::kafka_cluster&)>;

// The broker is away for longer than a POST may wait. Some POSTs get the status `expected`.
awaitable<> bounce(step take_down, step bring_back, unsigned expected)
{
    const auto loop = co_await asio::this_coro::executor;
    const auto& time = clock::of(loop);
    order_system system{loop};
    co_await system.kafka.start();
    const std::vector<std::string> limits{"--send.timeout=1s", "--checkout.timeout=4s"};
    const auto checkout = co_await system.run("checkout", limits);
    const auto inventory = co_await system.run("inventory");
    order_load load{loop, {.port = checkout->port(), .rate = 200}};

    const auto broker_goes_and_comes = [&]() -> awaitable<> {
        co_await load.accepts(400);
        co_await take_down(system.kafka);
        const auto down = time.now();
        const auto long_enough = [&] { return time.now() > down + limit + 1s; };
        co_await load.until(long_enough);
        co_await bring_back(system.kafka);
        co_await load.accepts(400);
    };
    co_await load.during(broker_goes_and_comes);

    const auto log = co_await system.read("order.placed");
    auto statuses = check_against(log, load.orders());
    BOOST_TEST(statuses[expected] > 0U);
    co_await until_decided(system.store(), log.size());
    const auto store = read_store(system.store());
    BOOST_TEST(store.reserved.size() == log.size());
    for (const auto& one : log) BOOST_TEST(store.reserved.contains(order_id_of(one)));
    BOOST_TEST(store.broken == 0);
    const auto dead = co_await system.read("order.placed.inventory-service.dlt");
    BOOST_TEST(dead.empty());
    const int checkout_status = co_await checkout->process.stop();
    BOOST_TEST(checkout_status == 0);
    const int inventory_status = co_await inventory->process.stop();
    BOOST_TEST(inventory_status == 0);
    co_await system.kafka.discard();
}

awaitable<> stop_broker(testing::kafka_cluster& kafka)
{
    co_await kafka.stop(1);
}
awaitable<> kill_broker(testing::kafka_cluster& kafka)
{
    co_await kafka.kill(1);
}
awaitable<> start_again(testing::kafka_cluster& kafka)
{
    co_await kafka.restart(1);
}
awaitable<> hang(testing::kafka_cluster& kafka)
{
    kafka.suspend(1);
    co_return;
}
awaitable<> go_on(testing::kafka_cluster& kafka)
{
    kafka.resume(1);
    co_return;
}

}  // namespace

SLUICE_TEST_CASE(every_answer_is_true_while_the_broker_is_stopped_and_started, 120s)
{
    co_await bounce(stop_broker, start_again, 503);
}

SLUICE_TEST_CASE(every_answer_is_true_while_the_broker_is_killed_and_started, 120s)
{
    co_await bounce(kill_broker, start_again, 503);
}

// What is in the broker's sockets when it hangs arrives when it goes on, long after its POST was answered.
SLUICE_TEST_CASE(every_answer_is_true_while_the_broker_hangs, 120s)
{
    co_await bounce(hang, go_on, 504);
}
