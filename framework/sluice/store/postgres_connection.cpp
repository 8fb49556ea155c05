#include "sluice/store/postgres_connection.hpp"

#include "sluice/store/postgres_words.hpp"

#include <libpq-fe.h>

namespace sluice::store {
namespace {

using namespace std::chrono_literals;

constexpr auto grace = 3s;                  // for an answer, after the server's own limit
constexpr auto patience = 2s;               // for a statement that was cancelled, and for a rollback
constexpr std::size_t most_prepared = 256;  // statements a connection

std::string milliseconds(duration span)
{
    return std::to_string(std::chrono::ceil<std::chrono::milliseconds>(span).count());
}

// Limits that hold even if this process hangs or its host is gone, and settings that decoding rests on.
std::string session_settings(duration statement, int server_version)
{
    const auto limit = milliseconds(statement);
    std::string sql = "set statement_timeout = " + limit + "; set idle_in_transaction_session_timeout = " + limit +
                      "; set bytea_output = hex";
    if (server_version >= 140000) sql += "; set client_connection_check_interval = 2000";
    return sql;
}

sql_rows rows_of(const PGresult* result)
{
    const int columns = PQnfields(result), rows = PQntuples(result);
    std::vector<sql_value> cells;
    cells.reserve(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows));
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column) {
            if (PQgetisnull(result, row, column)) {
                cells.emplace_back(nullptr);
                continue;
            }
            const auto length = static_cast<std::size_t>(PQgetlength(result, row, column));
            cells.push_back(decoded(PQftype(result, column), {PQgetvalue(result, row, column), length}));
        }
    const std::string_view changed = PQcmdTuples(const_cast<PGresult*>(result));
    const auto count = changed.empty() ? 0 : std::stoll(std::string{changed});
    return {static_cast<std::size_t>(columns), std::move(cells), count};
}

}  // namespace

postgres_connection::postgres_connection(asio::any_io_executor loop, std::string where, limits bounds)
    : loop_{loop},
      bounds_{bounds},
      wire_{std::move(loop), std::move(where)}
{
}

time_point postgres_connection::deadline(duration limit) const
{
    return clock::of(loop_).now() + limit;
}

awaitable<> postgres_connection::open(const postgres_address& server)
{
    const auto until = deadline(bounds_.connect);
    co_await wire_.open(server, until);
    co_await wire_.run_simply(session_settings(bounds_.statement, PQserverVersion(wire_.handle())), until);
    wire_.must(PQenterPipelineMode(wire_.handle()), "connect");
}

awaitable<sql_rows> postgres_connection::run(std::string_view begin, std::string_view sql,
                                             std::vector<sql_value> arguments)
{
    if (!alive()) throw wire_.lost(sql);
    const postgres_parameters given{arguments};
    auto key = std::string{sql} + '\0' + given.signature;
    const auto known = prepared_.find(key);
    const bool fresh = known == prepared_.end();
    const bool kept = !fresh || named_ < most_prepared;
    // A name is used once, since a statement that was cancelled may have been prepared or not.
    const auto name = !fresh ? known->second : kept ? 's' + std::to_string(++named_) : std::string{};
    auto* const to = wire_.handle();

    if (!begin.empty()) wire_.queue(std::string{begin}.c_str());
    if (fresh)
        wire_.must(PQsendPrepare(to, name.c_str(), numbered(sql).c_str(), given.count(), given.types.data()), sql);
    wire_.must(PQsendQueryPrepared(to, name.c_str(), given.count(), given.texts.data(), given.lengths.data(),
                                   given.formats.data(), 0),
               sql);
    const auto all = co_await wire_.finish(sql, deadline(bounds_.statement + grace));

    const std::size_t before = begin.empty() ? 0 : 1;
    if (fresh && kept && all.fulfilled > before) prepared_.emplace(std::move(key), name);
    if (all.failed) throw wire_.explain(all.failed.get(), sql);
    if (wire_.running || !all.last) throw wire_.lost(sql);
    co_return rows_of(all.last.get());
}

awaitable<> postgres_connection::script(std::string_view begin, std::string sql)
{
    const auto until = deadline(10min);
    if (!alive()) throw wire_.lost(sql);
    wire_.must(PQexitPipelineMode(wire_.handle()), sql);
    if (!begin.empty()) co_await wire_.run_simply(std::string{begin}, until);
    std::exception_ptr failed;
    try {
        co_await wire_.run_simply(sql, until);
    } catch (const postgres_failure&) {
        failed = std::current_exception();
    }
    if (!PQenterPipelineMode(wire_.handle())) wire_.broken = true;
    if (failed) std::rethrow_exception(failed);
}

awaitable<> postgres_connection::send_commit()
{
    wire_.queue("commit");
    std::string unanswered;
    try {
        const auto all = co_await wire_.finish("commit", deadline(bounds_.statement + grace));
        if (wire_.running) {
            unanswered = wire_.lost("commit").what();
        } else if (all.failed && class_of_state(state_of(all.failed.get())).over) {
            // The end of the session does not tell whether it came before the commit.
            unanswered = wire_.explain(all.failed.get(), "commit").what();
        } else if (all.failed) {
            throw wire_.explain(all.failed.get(), "commit");
        } else if (std::string_view{PQcmdStatus(all.last.get())} != "COMMIT") {
            throw failure{{errc::invalid, "PostgreSQL: the transaction was lost before its commit"}};
        }
    } catch (const postgres_failure& failed) {
        if (!wire_.running) throw;
        unanswered = failed.what();
    }
    if (unanswered.empty()) co_return;
    wire_.broken = true;
    throw failure{{errc::outcome_unknown, "the commit was sent, and not answered: " + unanswered}};
}

awaitable<> postgres_connection::commit()
{
    if (!alive()) throw wire_.lost("commit");
    const bool throwing = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    wire_.patient = true;
    std::exception_ptr failed;
    try {
        co_await send_commit();
    } catch (...) {
        failed = std::current_exception();
    }
    wire_.patient = false;
    co_await asio::this_coro::throw_if_cancelled(throwing);
    if (failed) std::rethrow_exception(failed);
}

awaitable<bool> postgres_connection::clean(const postgres_address& server)
{
    wire_.patient = true;
    try {
        if (alive()) co_await cancel_and_roll_back(server);
    } catch (...) {
        wire_.broken = true;
    }
    wire_.patient = false;
    co_return !wire_.running && alive() && PQtransactionStatus(wire_.handle()) == PQTRANS_IDLE;
}

awaitable<> postgres_connection::cancel_and_roll_back(const postgres_address& server)
{
    if (wire_.running) {
        // On a connection of its own. libpq's own way would block a thread for as long as a server hangs.
        postgres_wire other{loop_, server.text()};
        co_await other.open(server, deadline(patience));
        co_await other.run_simply("select pg_cancel_backend(" + std::to_string(PQbackendPID(wire_.handle())) + ")",
                                  deadline(patience));
        co_await wire_.rest(deadline(patience));
    }
    if (PQtransactionStatus(wire_.handle()) == PQTRANS_IDLE) co_return;
    wire_.queue("rollback");
    co_await wire_.finish("rollback", deadline(patience));
}

}  // namespace sluice::store
