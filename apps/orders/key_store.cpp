#include "orders/key_store.hpp"

#include "orders/events.hpp"

namespace orders {

using namespace sluice;
using store::sql_transaction;

namespace {

constexpr auto schema = R"(
    create table checkout_key (
        customer_id text   not null,
        name        text   not null,
        event       text   not null,
        placed      bigint not null check (placed in (0, 1)),
        held_until  bigint not null,  -- Unix ms, as is
        created_at  bigint not null,
        primary key (customer_id, name)
    );
    create index checkout_key_by_age on checkout_key (created_at);
)";

constexpr timestamp released{};

// White space, and what else nobody reads, makes no other order.
bool same_order(const std::string& one, const std::string& other)
{
    const auto items = [](const std::string& event) { return to_json(from_json<order_placed>(event).value().items); };
    return items(one) == items(other);
}

}  // namespace

std::vector<store::sql_migrations> key_store::migrations()
{
    return {{"checkout_key", {schema}}};
}

awaitable<key_store::claim_result> key_store::claim(order_key which, std::string event, timestamp now, timestamp until)
{
    const auto work = [&](sql_transaction& within) -> awaitable<claim_result> {
        for (;;) {
            // Each step holds whatever others have done since the one before, or is taken again.
            const auto fresh = co_await within.execute(
                "insert into checkout_key (customer_id, name, event, placed, held_until, created_at) "
                "values (?1, ?2, ?3, 0, ?4, ?5) on conflict do nothing",
                which.customer_id, which.key, event, until, now);
            if (fresh == 1) co_return claim_result{key_state::ours, event};
            const auto rows = co_await within.query(
                "select event, placed, held_until, created_at from checkout_key where customer_id = ?1 and name = ?2",
                which.customer_id, which.key);
            if (rows.empty()) continue;
            auto first = rows[0].get<std::string>(0);
            const auto held_until = rows[0].get<timestamp>(2), created_at = rows[0].get<timestamp>(3);
            if (created_at <= now - kept) {
                co_await within.execute(
                    "delete from checkout_key where customer_id = ?1 and name = ?2 and created_at = ?3",
                    which.customer_id, which.key, created_at);
                continue;
            }
            if (!same_order(first, event)) co_return claim_result{key_state::reused, std::move(first)};
            if (rows[0].get<bool>(1)) co_return claim_result{key_state::placed, std::move(first)};
            if (held_until > now) co_return claim_result{key_state::elsewhere, std::move(first)};
            const auto taken = co_await within.execute(
                "update checkout_key set held_until = ?4 "
                "where customer_id = ?1 and name = ?2 and placed = 0 and held_until = ?3",
                which.customer_id, which.key, held_until, until);
            if (taken == 1) co_return claim_result{key_state::ours, std::move(first), held_until != released};
        }
    };
    co_return co_await where_->write(work);
}

awaitable<> key_store::settle(order_key which)
{
    const auto work = [&](sql_transaction& within) {
        return within.execute("update checkout_key set placed = 1 where customer_id = ?1 and name = ?2",
                              which.customer_id, which.key);
    };
    co_await where_->write(work);
}

awaitable<> key_store::release(order_key which, timestamp until)
{
    const auto work = [&](sql_transaction& within) {
        return within.execute(
            "update checkout_key set held_until = ?4 "
            "where customer_id = ?1 and name = ?2 and placed = 0 and held_until = ?3",
            which.customer_id, which.key, until, released);
    };
    co_await where_->write(work);
}

awaitable<> key_store::forget(timestamp now)
{
    const auto prune = [&](sql_transaction& within) {
        return within.execute(
            "delete from checkout_key where created_at <= ?1 and (customer_id, name) in "
            "(select customer_id, name from checkout_key where created_at <= ?1 order by created_at limit 1000)",
            now - kept);
    };
    for (std::int64_t forgotten = 1; forgotten > 0;) forgotten = co_await where_->write(prune);
}

}  // namespace orders
