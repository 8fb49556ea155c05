#include "orders/stock_store.hpp"

#include "sluice/flow/failure.hpp"

namespace orders {

using namespace sluice;
using store::sql_transaction;

namespace {

constexpr auto schema = R"(
    create table stock (
        sku       text   primary key,
        initial   bigint not null,
        available bigint not null check (available >= 0),
        reserved  bigint not null check (reserved >= 0),
        check (available + reserved = initial)
    );
    create table decision (
        order_id text   primary key,
        reserved bigint not null check (reserved in (0, 1)),
        released bigint not null default 0 check (released in (0, reserved))
    );
    create table reservation (
        order_id text   not null,
        sku      text   not null,
        quantity bigint not null check (quantity > 0),
        primary key (order_id, sku)
    );
)";

awaitable<std::optional<stock_level>> level_in(sql_transaction& within, const std::string& sku)
{
    const auto rows = co_await within.query("select available, reserved from stock where sku = ?1", sku);
    if (rows.empty()) co_return std::nullopt;
    co_return stock_level{sku, rows[0].get<std::int64_t>(0), rows[0].get<std::int64_t>(1)};
}

struct attempt {
    bool taken = false;
    std::optional<stock_level> level = {};  // where it was not; none: there is no such SKU
};

awaitable<attempt> try_take(sql_transaction& within, const std::string& sku, std::int64_t quantity)
{
    for (;;) {
        const auto changed = co_await within.execute(
            "update stock set available = available - ?2, reserved = reserved + ?2 where sku = ?1 and available >= ?2",
            sku, quantity);
        if (changed == 1) co_return attempt{true};
        auto level = co_await level_in(within, sku);
        if (!level || level->available < quantity) co_return attempt{false, std::move(level)};
        // Somebody has given back between the two statements.
    }
}

awaitable<> give_back(sql_transaction& within, const quantities& units)
{
    for (const auto& [sku, quantity] : units)
        co_await within.execute("update stock set available = available + ?2, reserved = reserved - ?2 where sku = ?1",
                                sku, quantity);
}

// All or nothing.
awaitable<std::optional<stock_store::refusal>> take(sql_transaction& within, const quantities& wanted)
{
    stock_store::refusal unknown{rejection::unknown_product, {}};
    stock_store::refusal insufficient{rejection::insufficient_stock, {}};
    quantities taken;
    for (const auto& [sku, quantity] : wanted) {
        const auto got = co_await try_take(within, sku, quantity);
        if (got.taken)
            taken[sku] = quantity;
        else if (got.level)
            insufficient.items.push_back({sku, quantity, got.level->available});
        else
            unknown.items.push_back({sku, quantity, 0});
    }
    if (taken.size() == wanted.size()) co_return std::nullopt;
    co_await give_back(within, taken);
    if (!unknown.items.empty()) co_return unknown;
    co_return insufficient;
}

awaitable<> note(sql_transaction& within, const std::string& order_id, const quantities& reserved)
{
    for (const auto& [sku, quantity] : reserved)
        co_await within.execute("insert into reservation (order_id, sku, quantity) values (?1, ?2, ?3)", order_id, sku,
                                quantity);
}

// Forgets what was reserved for an order, and says what that was.
awaitable<quantities> forget(sql_transaction& within, const std::string& order_id)
{
    const auto rows =
        co_await within.query("delete from reservation where order_id = ?1 returning sku, quantity", order_id);
    quantities reserved;
    for (const auto row : rows) reserved[row.get<std::string>(0)] = row.get<std::int64_t>(1);
    co_return reserved;
}

awaitable<> expect_released(sql_transaction& within, const std::string& order_id)
{
    const auto rows = co_await within.query("select released from decision where order_id = ?1", order_id);
    if (rows.empty() || !rows[0].get<bool>(0))
        throw permanent_failure{"nothing is reserved here for order " + order_id};
}

}  // namespace

std::vector<store::sql_migrations> stock_store::migrations()
{
    return {store::inbox::migrations(), {"stock", {schema}}};
}

stock_store::stock_store(std::shared_ptr<store::sql_database> where, metrics& numbers)
    : where_{std::move(where)},
      repeats_{numbers.counter("orders_inbox_repeats_total", "Orders that came again and got the same reply")}
{
}

awaitable<> stock_store::open(quantities initial)
{
    const auto fill = [&](sql_transaction& within) -> awaitable<> {
        for (const auto& [sku, quantity] : initial)
            co_await within.execute(
                "insert into stock (sku, initial, available, reserved) values (?1, ?2, ?2, 0) "
                "on conflict do nothing",
                sku, quantity);
    };
    co_await where_->write(fill);
}

awaitable<reply> stock_store::reserve(record_id cause, std::string order_id, quantities wanted, answer with)
{
    const auto now = clock::of(co_await asio::this_coro::executor).wall();
    bool repeated = false;
    const auto decide = [&](sql_transaction& within) -> awaitable<reply> {
        const auto before = co_await inbox_.claim(within, cause.text(), now);
        repeated = before.has_value();
        if (before) co_return reply::decode(*before).value();
        const auto fresh = co_await within.execute(
            "insert into decision (order_id, reserved) values (?1, 1) on conflict do nothing", order_id);
        if (fresh == 0) throw permanent_failure{"order " + order_id + " was decided already, for another record"};
        const auto refused = co_await take(within, wanted);
        if (refused)
            co_await within.execute("update decision set reserved = 0 where order_id = ?1", order_id);
        else
            co_await note(within, order_id, wanted);
        auto answered = with(refused ? &*refused : nullptr);
        co_await inbox_.keep(within, cause.text(), answered.encode());
        co_return answered;
    };
    auto answered = co_await where_->write(decide);
    if (repeated) repeats_.Increment();
    co_return answered;
}

awaitable<reply> stock_store::release(record_id cause, std::string order_id, std::function<reply()> with)
{
    const auto now = clock::of(co_await asio::this_coro::executor).wall();
    bool repeated = false;
    const auto undo = [&](sql_transaction& within) -> awaitable<reply> {
        const auto before = co_await inbox_.claim(within, cause.text(), now);
        repeated = before.has_value();
        if (before) co_return reply::decode(*before).value();
        const auto ours = co_await within.execute(
            "update decision set released = 1 where order_id = ?1 and reserved = 1 and released = 0", order_id);
        reply answered;
        if (ours == 1) {
            const auto reserved = co_await forget(within, order_id);
            co_await give_back(within, reserved);
            answered = with();
        } else {
            co_await expect_released(within, order_id);
        }
        co_await inbox_.keep(within, cause.text(), answered.encode());
        co_return answered;
    };
    auto answered = co_await where_->write(undo);
    if (repeated) repeats_.Increment();
    co_return answered;
}

awaitable<std::optional<stock_level>> stock_store::level(std::string sku)
{
    const auto look = [&](sql_transaction& within) { return level_in(within, sku); };
    co_return co_await where_->read(look);
}

awaitable<stock_store::set_level> stock_store::set_available(std::string sku, std::int64_t available)
{
    const auto set = [&](sql_transaction& within) -> awaitable<set_level> {
        for (;;) {
            const auto rows = co_await within.query(
                "update stock set available = ?2, initial = reserved + ?2 where sku = ?1 returning reserved", sku,
                available);
            if (!rows.empty()) co_return set_level{{sku, available, rows[0].get<std::int64_t>(0)}, false};
            const auto added = co_await within.execute(
                "insert into stock (sku, initial, available, reserved) values (?1, ?2, ?2, 0) on conflict do nothing",
                sku, available);
            if (added == 1) co_return set_level{{sku, available, 0}, true};
            // Somebody has put it in between the two statements.
        }
    };
    co_return co_await where_->write(set);
}

awaitable<> stock_store::forget_replies(timestamp until)
{
    const auto prune = [&](sql_transaction& within) { return inbox_.prune(within, until); };
    for (std::int64_t forgotten = 1; forgotten > 0;) forgotten = co_await where_->write(prune);
}

}  // namespace orders
