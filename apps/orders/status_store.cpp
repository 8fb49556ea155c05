#include "orders/status_store.hpp"

#include <algorithm>

namespace orders {

using namespace sluice;
using store::sql_transaction;

namespace {

constexpr auto schema = R"(
    create table order_status (
        order_id    text   primary key,
        customer_id text   not null,
        total       bigint,  -- minor units; null: not known
        placed      bigint,  -- Unix ms, as are the others
        reserved    bigint,
        rejected    bigint,
        paid        bigint,
        declined    bigint,
        released    bigint,
        emailed     bigint
    );
)";

// The lesser of what is there and what comes, where both are known.
std::string lesser(const std::string& column)
{
    const auto mine = "order_status." + column, more = "excluded." + column;
    return column + " = case when " + mine + " is null or " + more + " < " + mine + " then " + more + " else " + mine +
           " end";
}

const std::string& merging()
{
    static const std::string sql = [] {
        std::string text =
            "insert into order_status (order_id, customer_id, total, placed, reserved, rejected, paid, declined, "
            "released, emailed) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) on conflict (order_id) do update set ";
        for (const auto* column :
             {"total", "placed", "reserved", "rejected", "paid", "declined", "released", "emailed"})
            text += lesser(column) + ", ";
        return text + lesser("customer_id");
    }();
    return sql;
}

}  // namespace

order_state state_of(const order_times& times)
{
    if (times.paid) return order_state::paid;
    if (times.released) return order_state::released;
    if (times.declined) return order_state::declined;
    if (times.reserved) return order_state::reserved;
    if (times.rejected) return order_state::rejected;
    return order_state::placed;
}

std::vector<store::sql_migrations> status_store::migrations()
{
    return {{"order_status", {schema}}};
}

awaitable<> status_store::note(std::vector<order_status> seen)
{
    std::ranges::sort(seen, {}, &order_status::order_id);  // one order everywhere: no deadlock
    const auto work = [&](sql_transaction& within) -> awaitable<> {
        for (const auto& one : seen) {
            const auto& at = one.times;
            const auto total = one.total ? std::optional{one.total->minor()} : std::nullopt;
            co_await within.execute(merging(), one.order_id, one.customer_id, total, at.placed, at.reserved,
                                    at.rejected, at.paid, at.declined, at.released, at.emailed);
        }
    };
    co_await where_->write(work);
}

awaitable<std::optional<order_status>> status_store::find(std::string order_id)
{
    const auto look = [&](sql_transaction& within) -> awaitable<std::optional<order_status>> {
        const auto rows = co_await within.query(
            "select customer_id, total, placed, reserved, rejected, paid, declined, released, emailed "
            "from order_status where order_id = ?1",
            order_id);
        if (rows.empty()) co_return std::nullopt;
        const auto row = rows[0];
        const auto time = [&](std::size_t column) { return row.get<std::optional<timestamp>>(column); };
        order_status found{order_id, row.get<std::string>(0), {}, {}};
        if (const auto total = row.get<std::optional<std::int64_t>>(1)) found.total = money::of_minor(*total);
        found.times = {time(2), time(3), time(4), time(5), time(6), time(7), time(8)};
        co_return found;
    };
    co_return co_await where_->read(look);
}

}  // namespace orders
