#pragma once

#include "sluice/base/wait_queue.hpp"
#include "sluice/store/postgres_address.hpp"
#include "sluice/store/sql.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::store {

class postgres_connection;

/// A PostgreSQL database, over a pool of connections, which open when they are first needed. Not thread-safe: all calls
/// come from one loop, so each shard has its own object, and shares nothing with the others.
///
/// Work is run again where that is safe: after a serialization failure or a deadlock, and when the connection was lost
/// before the commit was sent. A server that cannot be reached is `errc::unavailable` at once, and is tried anew by the
/// next call. Cancellation reaches a running statement; the call returns when the server has stopped it, or the
/// connection is closed. `outcome_unknown` only where a commit was sent and never answered.
class postgres final : public sql_database {
public:
    struct settings {
        /// `postgresql://user:password@host:port/database`, with any option of libpq, TLS's too.
        std::string url;
        std::vector<sql_migrations> stores = {};
        std::string application = "sluice";                    ///< what the server's views call us
        std::size_t connections = 8;                           ///< open at most
        std::size_t waiting = 10'000;                          ///< units of work that may wait for one
        duration wait = std::chrono::seconds{5};               ///< for a connection; then `errc::overloaded`
        duration connect = std::chrono::seconds{3};            ///< then `errc::unavailable`
        duration statement = std::chrono::seconds{30};         ///< then `errc::timed_out`
        int attempts = 6;                                      ///< of one unit of work
        duration first_delay = std::chrono::milliseconds{20};  ///< before the second; then twice as long each time
    };

    /// Throws `failure` with `errc::invalid` for a bad setting. Connects to nothing yet.
    explicit postgres(settings what);
    ~postgres() override;

    awaitable<> open() override;

private:
    struct lease;

    awaitable<> run(access how, unit_of_work work) override;
    awaitable<> repeat(std::string begin, unit_of_work work);
    /// Null when it is done, or why it may be run again.
    awaitable<std::exception_ptr> attempt(const std::string& begin, const unit_of_work& work);
    awaitable<> take_place();
    [[nodiscard]] duration delay_after(int attempt) const;

    settings what_;
    postgres_address server_;
    std::size_t free_;
    wait_queue waiting_;
    std::vector<std::unique_ptr<postgres_connection>> idle_;
    bool migrated_ = false;
};

}  // namespace sluice::store
