#include "sluice/base/scope.hpp"
#include "sluice/testing/postgres_server.hpp"
#include "sluice/testing/test_case.hpp"
#include "sluice/testing/until.hpp"
#include "system/orders/order_system.hpp"

#include <csignal>
#include <set>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view one_order = R"({"items":[{"product_id":"SKU-001","quantity":2,"price":29.99}]})";

// Many requests with one key, at once and at each process in turn. Returns what they were answered.
awaitable<std::vector<http::response>> ask_all(std::vector<http::client*> processes, std::string key, int count)
{
    std::vector<http::response> answers;
    const auto ask = [&](http::client* process) -> awaitable<> {
        http::header_fields headers{
            {"Content-Type", "application/json"}, {"X-Customer-ID", "c-1"}, {"Idempotency-Key", key}};
        const auto got = co_await process->post("/checkout", std::string{one_order}, std::move(headers));
        BOOST_REQUIRE_MESSAGE(got.has_value(), got.error().message());
        answers.push_back(*got);
    };
    const auto all = [&](scope& beside) -> awaitable<> {
        for (int i = 0; i < count; ++i) beside.spawn(ask(processes[static_cast<std::size_t>(i) % processes.size()]));
        co_await beside.join();
    };
    co_await with_scope({}, all);
    co_return answers;
}

// What item 3 of the system's promises says, of two processes that share a database by these flags.
awaitable<> expect_one_order_for_one_key(order_system& system, std::vector<std::string> flags)
{
    const auto loop = co_await asio::this_coro::executor;
    co_await system.kafka.start();
    const auto first = co_await system.run("checkout", flags);
    const auto second = co_await system.run("checkout", flags);
    http::client at_first{loop, {.port = first->port()}}, at_second{loop, {.port = second->port()}};
    const std::vector<http::client*> both{&at_first, &at_second}, other{&at_second};
    std::set<std::string> ids;
    for (const std::string key : {"k-1", "k-2", "k-3"}) {
        std::set<std::string> bodies;
        const auto answers = co_await ask_all(both, key, 20);
        for (const auto& one : answers) {
            BOOST_TEST(one.status == 202u);
            bodies.insert(one.body);
        }
        BOOST_TEST(bodies.size() == 1u);
        ids.insert(bodies.begin()->substr(std::string_view{R"({"order_id":")"}.size(), 36));
    }
    BOOST_TEST(ids.size() == 3u);
    first->process.signal(SIGKILL);
    co_await first->process.wait();
    const auto later = co_await ask_all(other, "k-1", 1);
    BOOST_TEST(later.front().status == 202u);

    std::set<std::string> seen;
    const auto placed = co_await system.read("order.placed");
    for (const auto& one : placed) seen.insert(one.header("sluice-id"));
    BOOST_TEST(placed.size() == 3u);
    BOOST_TEST(seen == ids, boost::test_tools::per_element());
    co_await system.kafka.discard();
}

}  // namespace

SLUICE_TEST_CASE(one_key_is_one_order_and_one_event_at_two_processes_with_one_sqlite_file, 90s)
{
    order_system system{co_await asio::this_coro::executor};
    const std::vector<std::string> flags;
    co_await expect_one_order_for_one_key(system, flags);
}

SLUICE_TEST_CASE(one_key_is_one_order_and_one_event_at_two_processes_with_one_postgresql_database, 90s)
{
    const auto loop = co_await asio::this_coro::executor;
    testing::postgres_server database{loop};
    co_await database.start();
    order_system system{loop};
    const std::vector<std::string> flags{"--postgres.url", database.url()};
    co_await expect_one_order_for_one_key(system, flags);
    co_await database.stop();
}

SLUICE_TEST_CASE(without_its_database_checkout_answers_503_and_resumes_by_itself, 120s)
{
    const auto loop = co_await asio::this_coro::executor;
    testing::postgres_server database{loop};
    co_await database.start();
    order_system system{loop};
    co_await system.kafka.start();
    const std::vector<std::string> flags{"--postgres.url", database.url()};
    const auto checkout = co_await system.run("checkout", flags);
    const auto statuses = co_await system.run("order-status", flags);
    http::client client{loop, {.port = checkout->port()}};
    const std::vector<http::client*> here{&client};
    const auto first = co_await ask_all(here, "k-1", 1);
    const std::string path{first.front().header("Location").value()};
    const auto shown = [&](std::string path, unsigned status) -> awaitable<> {
        const auto is_shown = [&]() -> awaitable<bool> {
            const auto page = co_await client.get(path);
            BOOST_REQUIRE(page.has_value());
            co_return page->status == status;
        };
        co_await testing::until(is_shown, "the order's page has its status");
    };
    co_await shown(path, 200);

    co_await database.kill();
    const auto away = co_await ask_all(here, "k-2", 3);
    for (const auto& one : away) {
        BOOST_TEST(one.status == 503u);
        BOOST_TEST(one.header("Retry-After").has_value());
    }
    co_await shown(path, 503);
    http::header_fields keyless{{"Content-Type", "application/json"}, {"X-Customer-ID", "c-1"}};
    const auto without_key = (co_await client.post("/checkout", std::string{one_order}, std::move(keyless))).value();
    BOOST_TEST(without_key.status == 202u);

    co_await database.restart();
    const auto is_accepted = [&]() -> awaitable<bool> {
        const auto again = co_await ask_all(here, "k-2", 1);
        const auto status = again.front().status;
        BOOST_TEST((status == 202 || status == 503));
        co_return status != 503;
    };
    co_await testing::until(is_accepted, "the order is accepted");
    const auto same = co_await ask_all(here, "k-1", 1);
    BOOST_TEST(same.front().body == first.front().body);
    const std::string placed_meanwhile{without_key.header("Location").value()};
    co_await shown(placed_meanwhile, 200);
    const auto placed = co_await system.read("order.placed");
    BOOST_TEST(placed.size() == 3u);
    co_await system.kafka.discard();
    co_await database.stop();
}
