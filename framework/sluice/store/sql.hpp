#pragma once

#include "sluice/base/async.hpp"
#include "sluice/store/sql_value.hpp"

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice::store {

/// The tables of one store, in a database that it shares with others: the n-th script takes them from version n - 1 to
/// n, so only ever add to the end.
struct sql_migrations {
    std::string store;
    std::vector<std::string> scripts;
};

/// What a unit of work sees of the database.
///
/// Statements are in SQL that SQLite and PostgreSQL both understand: parameters `?1`, types text, bigint and bytea.
/// Each is prepared once and kept, so bind values and do not write them into the text.
class sql_transaction {
public:
    sql_transaction() = default;
    sql_transaction(const sql_transaction&) = delete;
    sql_transaction& operator=(const sql_transaction&) = delete;
    virtual ~sql_transaction() = default;

    /// Runs one statement and waits for all its rows; what is bound is copied, `sql` lives until then. Throws
    /// `failure`: `errc::already_exists` where a row with that key is there, `errc::invalid` for a statement that can
    /// never succeed (its SQL, a check, a foreign key). After a statement has failed the transaction is lost, even if
    /// the work goes on.
    template <class... Arguments>
    awaitable<sql_rows> query(std::string_view sql, Arguments&&... arguments)
    {
        return run(sql, bound(std::forward<Arguments>(arguments)...));
    }

    /// The same; returns how many rows an `insert`, `update` or `delete` has changed.
    template <class... Arguments>
    awaitable<std::int64_t> execute(std::string_view sql, Arguments&&... arguments)
    {
        return changed_by(run(sql, bound(std::forward<Arguments>(arguments)...)));
    }

    /// Any number of statements, without parameters, and not kept: for migrations.
    virtual awaitable<> script(std::string sql) = 0;

    /// Why the transaction is lost, or null.
    [[nodiscard]] const std::exception_ptr& lost() const noexcept { return lost_; }

private:
    virtual awaitable<sql_rows> perform(std::string_view sql, std::vector<sql_value> arguments) = 0;

    template <class... Arguments>
    static std::vector<sql_value> bound(Arguments&&... arguments)
    {
        std::vector<sql_value> values;
        values.reserve(sizeof...(arguments));
        (values.push_back(to_sql(std::forward<Arguments>(arguments))), ...);
        return values;
    }
    awaitable<sql_rows> run(std::string_view sql, std::vector<sql_value> arguments);
    static awaitable<std::int64_t> changed_by(awaitable<sql_rows> running);

    std::exception_ptr lost_;
};

/// A database for coroutines, the same for SQLite and PostgreSQL.
///
/// A unit of work is a coroutine `awaitable<T>(sql_transaction&)`. It may be run again, after a rollback, where that is
/// safe; it may run on another thread, while its caller waits; so it refers to what its caller holds, changes nothing
/// outside that a second run would not set anew, and waits for nothing but its transaction.
class sql_database {
public:
    sql_database() = default;
    sql_database(const sql_database&) = delete;
    sql_database& operator=(const sql_database&) = delete;
    /// Everything must have been awaited before.
    virtual ~sql_database() = default;

    /// Waits until the database answers and the stores' migrations are done; one that a newer program has migrated is
    /// `errc::invalid`. Not needed, `write` and `read` do it too: it makes errors come early.
    virtual awaitable<> open() = 0;

    /// Runs `work` in a transaction and returns what it returned, once that is durable. What it throws is thrown here,
    /// and its changes are undone. Several processes may write at once, each statement seeing what is committed (READ
    /// COMMITTED): decide by conditional updates and by `on conflict`, and take rows in one order everywhere.
    ///
    /// `failure` when the database fails: `errc::unavailable` and `timed_out` (nothing happened), `outcome_unknown`
    /// (the commit was sent, and never answered), `overloaded` (too much waits). Cancellation takes back work that has
    /// not been committed, or waits for its end.
    template <class Work>
    std::invoke_result_t<Work&, sql_transaction&> write(Work work)
    {
        return run_work(access::write, std::move(work));
    }

    /// The same, on what was committed when it began to read; it must not write.
    template <class Work>
    std::invoke_result_t<Work&, sql_transaction&> read(Work work)
    {
        return run_work(access::read, std::move(work));
    }

protected:
    enum class access { read, write };
    using unit_of_work = std::function<awaitable<>(sql_transaction&)>;

private:
    virtual awaitable<> run(access how, unit_of_work work) = 0;

    template <class Work>
    std::invoke_result_t<Work&, sql_transaction&> run_work(access how, Work work)
    {
        using value_type = typename std::invoke_result_t<Work&, sql_transaction&>::value_type;
        if constexpr (std::is_void_v<value_type>) {
            co_await run(how, std::ref(work));
        } else {
            std::optional<value_type> value;
            const auto keep = [&](sql_transaction& within) { return kept(work(within), value); };
            co_await run(how, std::ref(keep));
            co_return std::move(*value);
        }
    }
    template <class T>
    static awaitable<> kept(awaitable<T> working, std::optional<T>& value)
    {
        value.emplace(co_await std::move(working));
    }
};

/// Takes the stores' tables to the versions that their scripts make, in a transaction that no other process migrates
/// in. Throws `failure` with `errc::invalid` where one is newer.
awaitable<> migrate(sql_transaction& within, const std::vector<sql_migrations>& stores);

}  // namespace sluice::store
