#include "orders/charge_store.hpp"

namespace orders {

using namespace sluice;
using store::sql_transaction;

namespace {

constexpr auto schema = R"(
    create table charge (
        order_id    text   primary key,
        customer_id text   not null,
        amount      bigint not null check (amount >= 0),
        payment_id  text   unique,
        reason      text,
        decided_at  bigint not null,  -- Unix ms
        check ((payment_id is null) <> (reason is null))
    );
)";

awaitable<std::optional<charge_store::kept_charge>> look(sql_transaction& within, const std::string& order_id)
{
    const auto rows = co_await within.query(
        "select customer_id, amount, payment_id, reason, decided_at from charge where order_id = ?1", order_id);
    if (rows.empty()) co_return std::nullopt;
    const auto row = rows[0];
    charge_store::kept_charge found;
    found.customer_id = row.get<std::string>(0);
    found.what.order_id = order_id;
    found.what.amount = money::of_minor(row.get<std::int64_t>(1));
    found.what.payment_id = row.get<std::optional<std::string>>(2);
    found.what.reason = row.get<std::optional<std::string>>(3);
    found.what.status = found.what.payment_id ? charge_status::captured : charge_status::declined;
    found.what.decided_at = row.get<timestamp>(4);
    co_return found;
}

}  // namespace

std::vector<store::sql_migrations> charge_store::migrations()
{
    return {{"charges", {schema}}};
}

awaitable<charge_store::kept_charge> charge_store::keep(std::string customer_id, charge fresh)
{
    const auto work = [&](sql_transaction& within) -> awaitable<kept_charge> {
        const auto added = co_await within.execute(
            "insert into charge (order_id, customer_id, amount, payment_id, reason, decided_at) "
            "values (?1, ?2, ?3, ?4, ?5, ?6) on conflict (order_id) do nothing",
            fresh.order_id, customer_id, fresh.amount.minor(), fresh.payment_id, fresh.reason, fresh.decided_at);
        auto kept = co_await look(within, fresh.order_id);
        kept.value().fresh = added == 1;
        co_return std::move(*kept);
    };
    co_return co_await where_->write(work);
}

awaitable<std::optional<charge>> charge_store::find(std::string order_id)
{
    const auto work = [&](sql_transaction& within) { return look(within, order_id); };
    auto found = co_await where_->read(work);
    if (!found) co_return std::nullopt;
    co_return std::move(found->what);
}

awaitable<charge_totals> charge_store::totals()
{
    const auto work = [](sql_transaction& within) -> awaitable<charge_totals> {
        // PostgreSQL adds bigints up to a numeric.
        const auto rows = co_await within.query(
            "select count(payment_id), count(reason), "
            "cast(coalesce(sum(case when payment_id is null then 0 else amount end), 0) as bigint) from charge");
        const auto row = rows[0];
        co_return charge_totals{row.get<std::int64_t>(0), row.get<std::int64_t>(1),
                                money::of_minor(row.get<std::int64_t>(2))};
    };
    co_return co_await where_->read(work);
}

}  // namespace orders
