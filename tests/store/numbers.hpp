#pragma once

#include "sluice/store/sql.hpp"

#include <string>

/// A store of numbers, each once.
inline const sluice::store::sql_migrations numbers{"numbers",
                                                   {"create table numbers (n bigint primary key check (n >= 0))"}};

inline sluice::awaitable<std::int64_t> count(sluice::store::sql_transaction& within)
{
    const auto rows = co_await within.query("select count(*) from numbers");
    co_return rows[0].get<std::int64_t>(0);
}

inline sluice::awaitable<> insert(sluice::store::sql_transaction& within, std::int64_t number)
{
    co_await within.execute("insert into numbers values (?1)", number);
}

inline sluice::awaitable<> write_number(sluice::store::sql_database& db, std::int64_t number)
{
    const auto work = [number](sluice::store::sql_transaction& within) { return insert(within, number); };
    co_await db.write(work);
}

/// The same on PostgreSQL, where a commit takes so many seconds.
inline sluice::store::sql_migrations slowly_committed_numbers(const std::string& seconds)
{
    auto slow = numbers;
    slow.scripts.emplace_back(
        "create function linger() returns trigger language plpgsql as "
        "$$ begin perform pg_sleep(" +
        seconds +
        "); return null; end $$;"
        "create constraint trigger slow_commit after insert on numbers deferrable initially deferred "
        "for each row execute function linger();");
    return slow;
}
