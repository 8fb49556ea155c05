#include "orders/analytics_store.hpp"

#include <algorithm>

namespace orders {

using namespace sluice;
using store::sql_transaction;

namespace {

constexpr auto schema = R"(
    create table analytics_order (
        order_id   text   primary key,
        counted_at bigint not null
    );
    create index analytics_order_by_time on analytics_order (counted_at);
    create table analytics_minute (
        minute  bigint primary key,
        orders  bigint not null,
        revenue bigint not null,
        units   bigint not null
    );
    create table analytics_product (
        minute     bigint not null,
        product_id text   not null,
        units      bigint not null,
        revenue    bigint not null,
        primary key (minute, product_id)
    );
)";
constexpr std::int64_t at_once = 1'000;  // rows that one transaction forgets
constexpr std::int64_t listed = 100;     // products in a report

// A row that is there already was counted; in the order of ids, so that two transactions never wait for each other.
awaitable<sales_increments> claim(sql_transaction& within, const std::vector<payment_captured>& payments, timestamp now)
{
    sales_increments fresh;
    for (const auto& payment : payments) {
        const auto claimed = co_await within.execute(
            "insert into analytics_order (order_id, counted_at) values (?1, ?2) on conflict do nothing",
            payment.order_id, now);
        if (claimed > 0) fresh.add(payment);
    }
    co_return fresh;
}

awaitable<> add(sql_transaction& within, const sales_increments& what)
{
    for (const auto& [key, sold] : what.products)
        co_await within.execute(
            "insert into analytics_product (minute, product_id, units, revenue) values (?1, ?2, ?3, ?4) "
            "on conflict (minute, product_id) do update set units = analytics_product.units + excluded.units, "
            "revenue = analytics_product.revenue + excluded.revenue",
            key.first, sold.product_id, sold.units, sold.revenue.minor());
    for (const auto& [minute, sold] : what.minutes)
        co_await within.execute(
            "insert into analytics_minute (minute, orders, revenue, units) values (?1, ?2, ?3, ?4) "
            "on conflict (minute) do update set orders = analytics_minute.orders + excluded.orders, "
            "revenue = analytics_minute.revenue + excluded.revenue, units = analytics_minute.units + excluded.units",
            minute, sold.orders, sold.revenue.minor(), sold.units);
}

std::int64_t orders_in(const sales_increments& what)
{
    std::int64_t all = 0;
    for (const auto& [minute, sold] : what.minutes) all += sold.orders;
    return all;
}

}  // namespace

std::vector<store::sql_migrations> analytics_store::migrations()
{
    return {{"order-analytics", {schema}}};
}

analytics_store::analytics_store(std::shared_ptr<store::sql_database> database, metrics& numbers)
    : database_{std::move(database)},
      repeats_{numbers.counter("orders_analytics_repeats_total", "Payments that came again and were not counted")}
{
}

awaitable<> analytics_store::count(std::vector<payment_captured> payments)
{
    const auto now = clock::of(co_await asio::this_coro::executor).wall();
    std::ranges::sort(payments, {}, &payment_captured::order_id);
    const auto work = [&](sql_transaction& within) -> awaitable<std::int64_t> {
        const auto fresh = co_await claim(within, payments, now);
        co_await add(within, fresh);
        co_return orders_in(fresh);
    };
    const auto counted = co_await database_->write(work);
    repeats_.Increment(static_cast<double>(std::ssize(payments) - counted));
}

awaitable<sales_report> analytics_store::report(time_range range)
{
    const auto work = [&](sql_transaction& within) -> awaitable<sales_report> {
        sales_report all{.from = range.from, .to = range.to};
        const auto minutes = co_await within.query(
            "select minute, orders, revenue, units from analytics_minute where minute >= ?1 and minute < ?2 "
            "order by minute",
            range.from, range.to);
        for (const auto& row : minutes) {
            const minute_sales one{row.get<timestamp>(0), row.get<std::int64_t>(1),
                                   money::of_minor(row.get<std::int64_t>(2)), row.get<std::int64_t>(3)};
            all.totals.orders += one.orders;
            all.totals.revenue = all.totals.revenue.plus(one.revenue).value();
            all.totals.units += one.units;
            all.minutes.push_back(one);
        }
        const auto products = co_await within.query(
            "select product_id, cast(sum(units) as bigint), cast(sum(revenue) as bigint), count(*) over () "
            "from analytics_product where minute >= ?1 and minute < ?2 "
            "group by product_id order by 3 desc, 1 limit ?3",
            range.from, range.to, listed);
        for (const auto& row : products) {
            all.products.push_back(
                {row.get<std::string>(0), row.get<std::int64_t>(1), money::of_minor(row.get<std::int64_t>(2))});
            all.totals.products = row.get<std::int64_t>(3);
        }
        co_return all;
    };
    co_return co_await database_->read(work);
}

awaitable<> analytics_store::forget(timestamp orders_until, timestamp minutes_until)
{
    const auto some = [](std::int64_t count) { return count == at_once; };
    const auto orders = [&](sql_transaction& within) {
        return within.execute(
            "delete from analytics_order where order_id in (select order_id from analytics_order "
            "where counted_at < ?1 order by counted_at, order_id limit ?2)",
            orders_until, at_once);
    };
    const auto products = [&](sql_transaction& within) {
        return within.execute(
            "delete from analytics_product where (minute, product_id) in (select minute, product_id "
            "from analytics_product where minute < ?1 order by minute, product_id limit ?2)",
            minutes_until, at_once);
    };
    const auto minutes = [&](sql_transaction& within) {
        return within.execute(
            "delete from analytics_minute where minute in (select minute from analytics_minute "
            "where minute < ?1 order by minute limit ?2)",
            minutes_until, at_once);
    };
    for (bool more = true; more;) more = some(co_await database_->write(orders));
    for (bool more = true; more;) more = some(co_await database_->write(products));
    for (bool more = true; more;) more = some(co_await database_->write(minutes));
}

}  // namespace orders
