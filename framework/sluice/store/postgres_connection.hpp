#pragma once

#include "sluice/store/postgres_wire.hpp"
#include "sluice/store/sql_value.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::store {

/// One connection to PostgreSQL, for one transaction at a time, on its loop's thread. Throws as `postgres_wire` does.
/// When a call was cancelled or has failed, `clean` says whether the connection can be used again.
class postgres_connection {
public:
    struct limits {
        duration connect;    ///< for connecting
        duration statement;  ///< for one statement, on the server
    };

    postgres_connection(asio::any_io_executor loop, std::string where, limits bounds);
    postgres_connection(const postgres_connection&) = delete;
    postgres_connection& operator=(const postgres_connection&) = delete;

    /// Waits until the server has let us in. Cancellation ends the wait.
    awaitable<> open(const postgres_address& server);

    /// Runs a statement, prepared when it first comes, and waits for its rows. `begin`, unless empty, goes before it,
    /// in the same round trip. Cancellation ends the wait; the statement may go on until `clean`.
    awaitable<sql_rows> run(std::string_view begin, std::string_view sql, std::vector<sql_value> arguments);
    /// Any number of statements, without parameters, after each other.
    awaitable<> script(std::string_view begin, std::string sql);
    /// Waits until the transaction is durable, whatever cancellation says once it was sent. Throws a `failure` with
    /// `errc::outcome_unknown` where no answer came.
    awaitable<> commit();

    /// Whether the server is still there, as far as is known without asking it.
    [[nodiscard]] bool alive() { return wire_.alive(); }
    /// Ends what runs, by another connection to the server, and rolls back; false where that was not possible in time.
    /// Does not throw. A caller that was cancelled calls it with `throw_if_cancelled(false)`.
    awaitable<bool> clean(const postgres_address& server);

private:
    awaitable<> cancel_and_roll_back(const postgres_address& server);
    awaitable<> send_commit();
    [[nodiscard]] time_point deadline(duration limit) const;

    asio::any_io_executor loop_;
    limits bounds_;
    postgres_wire wire_;
    std::map<std::string, std::string> prepared_;  // names, by statement and types
    std::size_t named_ = 0;
};

}  // namespace sluice::store
