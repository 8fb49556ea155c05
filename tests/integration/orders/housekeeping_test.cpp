#include "orders/housekeeping.hpp"
#include "integration/process/running_roles.hpp"
#include "orders/analytics_store.hpp"
#include "orders/checkout.hpp"
#include "orders/email.hpp"
#include "orders/inventory.hpp"
#include "orders/key_store.hpp"
#include "orders/mail_store.hpp"
#include "orders/order_analytics.hpp"
#include "orders/status_store.hpp"
#include "orders/stock_store.hpp"
#include "sluice/store/sqlite_database.hpp"
#include "sluice/testing/test_case.hpp"
#include "sluice/testing/until.hpp"

using namespace sluice;
using namespace orders;
using namespace std::chrono_literals;

namespace {

std::vector<role_entry> table()
{
    return {{"checkout", checkout, "", serves{8080, {"POST /checkout", "GET /orders/{id}"}}, writes{orders_placed}},
            {"inventory", inventory, "", reads{"inventory-service", {orders_placed, declined_payments}},
             writes{inventory_reserved, inventory_rejected, inventory_released},
             serves{8084, {"GET /stock/{sku}", "PUT /stock/{sku}"}}},
            {"email", email, "", reads{"email-service", {orders_placed}}, writes{sent_emails}},
            {"order-analytics", order_analytics, "", reads{"order-analytics", {captured_payments}},
             serves{8086, {"GET /", "GET /assets/{file}", "GET /analytics/orders"}}}};
}

std::vector<setting_declaration> declared()
{
    auto all = email_settings();
    std::ranges::move(analytics_settings(), std::back_inserter(all));
    all.push_back({"checkout.timeout", "10s", ""});
    all.push_back({"inventory.stock", "apple=10", ""});
    return all;
}

struct table_of_times {
    std::string database;
    std::vector<store::sql_migrations> stores;
    std::string name;
    std::string insert;  // a row, by its name and its time
    std::chrono::hours kept;
};

const std::vector<table_of_times> tables{
    {"checkout", key_store::migrations(), "checkout_key",
     "insert into checkout_key (customer_id, name, event, placed, held_until, created_at) "
     "values ('c-1', ?1, '', 1, 0, ?2)",
     24h},
    {"inventory", stock_store::migrations(), "inbox",
     "insert into inbox (handler, record_id, reply, claimed_at) values ('inventory-service', ?1, x'', ?2)", 48h},
    {"email", mail_store::migrations(), "mail",
     "insert into mail (name, holder, held_until, composed_at, sent_at) values (?1, '', ?2, ?2, ?2)", 48h},
    {"analytics", analytics_store::migrations(), "analytics_order",
     "insert into analytics_order (order_id, counted_at) values (?1, ?2)", 48h},
    {"analytics", analytics_store::migrations(), "analytics_minute",
     "insert into analytics_minute (minute, orders, revenue, units) values (?2 / 60000 * 60000, length(?1), 1, 1)",
     72h}};

}  // namespace

SLUICE_TEST_CASE(each_role_forgets_what_is_older_than_it_is_told_and_keeps_the_rest, 60s)
{
    const given_flags flags{{"inbox.keep", "48h"}, {"analytics.keep", "72h"}};
    running_roles system{co_await asio::this_coro::executor, table(), flags, declared()};
    std::filesystem::create_directories(system.data());
    const auto now = clock::of(co_await asio::this_coro::executor).wall();
    const auto open = [&](const table_of_times& one) {
        return std::make_unique<store::sqlite_database>(system.data() / (one.database + ".db"), one.stores);
    };
    for (const auto& one : tables) {
        const auto fill = [&](store::sql_transaction& within) -> awaitable<> {
            co_await within.execute(one.insert, "old", now - one.kept - 1h);
            co_await within.execute(one.insert, "new", now - one.kept + 1h);
        };
        const auto database = open(one);
        co_await database->write(fill);
    }
    const auto body = [&]() -> awaitable<> {
        for (const auto& one : tables) {
            const auto sql = "select count(*) from " + one.name;
            const auto count = [&](store::sql_transaction& within) -> awaitable<std::int64_t> {
                const auto rows = co_await within.query(sql);
                co_return rows[0].get<std::int64_t>(0);
            };
            const auto database = open(one);
            std::int64_t rows = 2;
            const auto some_are_forgotten = [&]() -> awaitable<bool> {
                rows = co_await database->read(count);
                co_return rows != 2;
            };
            co_await testing::until(some_are_forgotten, one.name);
            BOOST_TEST(rows == 1, one.name);
        }
    };
    const auto status = co_await system.run(body);
    BOOST_TEST(status == 0);
}
