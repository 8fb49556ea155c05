#include "sluice/base/clock.hpp"
#include "sluice/testing/test_case.hpp"
#include "sluice/testing/until.hpp"
#include "spans.hpp"
#include "system/orders/order_load.hpp"
#include "system/orders/order_system.hpp"
#include "system/orders/store_reader.hpp"
#include "variable.hpp"

#include <boost/json.hpp>

#include <array>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <set>

using namespace sluice;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr int rate = 50;  // orders a second
constexpr std::array others{"inventory-service", "email-service"};

// A few seconds; as many as the variable says in the long form.
duration outage_length()
{
    const char* const seconds = std::getenv("TEST_PAYMENT_OUTAGE_SECONDS");
    return seconds ? std::chrono::seconds{std::stoi(seconds)} : 5s;
}

// How many records a group is behind, as the command `lag` tells.
awaitable<std::int64_t> lag(order_system& system, std::string group)
{
    const auto told = co_await system.shell(variable("TEST_APPS") + " lag " + group + " --kafka.bootstrap.servers " +
                                            system.kafka.bootstrap_servers());
    const std::string before = "total lag: ";
    co_return std::stoll(told.substr(told.find(before) + before.size()));
}

// The others stay current to within what is placed, handled and committed in two seconds.
awaitable<> stop_payment_for(order_system& system, role_process& payment, duration length)
{
    const auto& time = clock::of(co_await asio::this_coro::executor);
    BOOST_TEST(co_await payment.process.stop(30s) == 0);
    const auto end = time.now() + length;
    std::int64_t worst = 0;
    while (time.now() < end) {
        for (const auto* group : others) worst = std::max(worst, co_await lag(system, group));
        co_await planned_pause(200ms);
    }
    BOOST_TEST(worst < 2 * rate);
    const auto behind = co_await lag(system, "payment-service");
    BOOST_TEST(behind > rate * (length / 1s) / 2);
    BOOST_TEST_MESSAGE("payment is " << behind << " behind, the others were " << worst << " at most");
}

awaitable<> until_current(order_system& system, std::string group)
{
    const auto is_current = [&]() -> awaitable<bool> {
        const auto behind = co_await lag(system, group);
        co_return behind == 0;
    };
    co_await testing::until(is_current, "the group is current");
}

struct events {
    std::set<std::string> orders;
    std::int64_t minor = 0;  // of all totals
};

awaitable<events> read_events(order_system& system, std::string topic)
{
    events all;
    std::set<std::string> records;
    const auto seen = co_await system.read(topic);
    for (const auto& one : seen) {
        if (!records.insert(one.header("sluice-id")).second) continue;  // sent twice, with one effect
        const auto event = json::parse(one.value.value()).as_object();
        BOOST_TEST(all.orders.insert(std::string{event.at("order_id").as_string()}).second);
        if (const auto* total = event.if_contains("total")) all.minor += std::llround(total->to_number<double>() * 100);
    }
    co_return all;
}

awaitable<> expect_every_order_final(order_system& system, unsigned short provider, std::size_t accepted)
{
    const auto captured = co_await read_events(system, "payment.captured");
    const auto declined = co_await read_events(system, "payment.declined");
    const auto released = co_await read_events(system, "inventory.released");
    const auto store = read_store(system.store());
    BOOST_TEST(store.reserved.size() == accepted);
    std::size_t unpaid = 0;
    for (const auto& [id, reserved] : store.reserved)
        if (reserved && captured.orders.contains(id) == declined.orders.contains(id)) ++unpaid;
    BOOST_TEST(unpaid == 0U);
    BOOST_TEST(!captured.orders.empty());
    BOOST_TEST(!declined.orders.empty());
    BOOST_TEST((released.orders == declined.orders));
    BOOST_TEST(store.broken == 0);
    BOOST_TEST(store.available + store.taken == store.initial);
    BOOST_TEST(store.reservations == store.taken);

    const auto loop = co_await asio::this_coro::executor;
    http::client client{loop, {.port = provider}};
    const auto answer = (co_await client.get("/charges")).value();
    const auto totals = json::parse(answer.body).as_object();
    BOOST_TEST(totals.at("captured").as_int64() == std::ssize(captured.orders));
    BOOST_TEST(totals.at("declined").as_int64() == std::ssize(declined.orders));
    BOOST_TEST(std::llround(totals.at("captured_sum").to_number<double>() * 100) == captured.minor);
    for (const auto* topic : {"inventory.reserved.payment-service.dlt", "payment.declined.inventory-service.dlt",
                              "order.placed.inventory-service.dlt"}) {
        const auto dead = co_await system.read(topic);
        BOOST_TEST(dead.empty(), topic);
    }
    BOOST_TEST_MESSAGE(accepted << " accepted, " << captured.orders.size() << " captured, " << declined.orders.size()
                                << " declined");
}

}  // namespace

SLUICE_TEST_CASE(stopping_payment_delays_only_payment_and_a_killed_provider_forgets_no_charge, 60s + outage_length())
{
    const auto loop = co_await asio::this_coro::executor;
    order_system system{loop};
    co_await system.kafka.start();
    const std::vector<std::string> some_decline{"--provider.declines", "0.1"};
    auto provider = co_await system.run("payment-provider", some_decline);
    const auto port = std::to_string(provider->port());
    const std::vector<std::string> where_it_was{"--provider.declines", "0.1", "--payment-provider.http.port", port};
    const std::vector<std::string> there{"--payment.provider", "http://127.0.0.1:" + port};
    auto payment = co_await system.run("payment", there);
    const auto checkout = co_await system.run("checkout");
    const auto inventory = co_await system.run("inventory");
    const auto email = co_await system.run("email");
    order_load load{loop, {.port = checkout->port(), .rate = rate, .customers = 100}};

    const auto outages = [&]() -> awaitable<> {
        co_await load.accepts(rate);
        co_await stop_payment_for(system, *payment, outage_length());
        payment = co_await system.run("payment", there);
        provider->process.signal(SIGKILL);  // while payment catches up
        co_await provider->process.wait();
        co_await load.accepts(rate);
        provider = co_await system.run("payment-provider", where_it_was);
        co_await load.accepts(rate);
    };
    co_await load.during(outages);
    for (const auto* group : {"inventory-service", "payment-service", "inventory-service"})
        co_await until_current(system, group);
    co_await expect_every_order_final(system, provider->port(), load.accepted().size());
    co_await system.kafka.discard();
}
