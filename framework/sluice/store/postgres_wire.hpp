#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/clock.hpp"
#include "sluice/base/result.hpp"
#include "sluice/store/postgres_address.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct pg_conn;
struct pg_result;

namespace sluice::store {

/// What a connection throws: the error, and what may be done about it.
class postgres_failure : public failure {
public:
    enum class remedy {
        none,
        again,      ///< run the transaction again: it was surely undone
        reconnect,  ///< there is no connection, and nothing was sent
    };
    postgres_failure(error what, remedy then) : failure{std::move(what)}, then_{then} {}
    [[nodiscard]] remedy then() const noexcept { return then_; }

private:
    remedy then_;
};

/// libpq's connection without its blocking calls: what is queued in it goes out, and results come in, while the loop
/// turns. Throws `postgres_failure`, in PostgreSQL's words, with the server, the statement and what to do.
class postgres_wire {
public:
    struct closer {
        void operator()(pg_conn* connection) const noexcept;
        void operator()(pg_result* result) const noexcept;
    };
    using result_ptr = std::unique_ptr<pg_result, closer>;
    struct outcome {
        result_ptr last;            ///< of the commands that went well
        result_ptr failed;          ///< of the first that did not
        std::size_t fulfilled = 0;  ///< commands
    };

    postgres_wire(asio::any_io_executor loop, std::string where);

    /// Waits until the server has let us in. Cancellation ends the wait.
    awaitable<> open(const postgres_address& server, time_point until);
    /// Whether the server is still there, as far as is known without asking it.
    [[nodiscard]] bool alive();
    [[nodiscard]] pg_conn* handle() const noexcept { return handle_.get(); }

    /// Outside of pipeline mode: any number of statements after each other, without rows.
    awaitable<> run_simply(const std::string& sql, time_point until);
    /// In pipeline mode: queues a command without parameters.
    void queue(const char* sql);
    /// In pipeline mode: sends what is queued, and waits for its end, or that of the connection (`running`, then).
    awaitable<outcome> finish(std::string_view sql, time_point until);
    /// Waits for the end of what was sent before.
    awaitable<outcome> rest(time_point until);

    /// Checks what a function of libpq returned that only fails when the connection does.
    void must(int returned, std::string_view sql) const
    {
        if (!returned) throw lost(sql);
    }
    [[nodiscard]] postgres_failure lost(std::string_view sql) const;
    /// Also says whether the connection is `broken` by it.
    [[nodiscard]] postgres_failure explain(const pg_result* result, std::string_view sql);

    bool running = false;  ///< something was sent, and its end not seen
    bool broken = false;   ///< not to be used again
    bool patient = false;  ///< waits on, whatever cancellation says

private:
    void watch();
    awaitable<> wait(bool to_write, time_point until);
    awaitable<> send(time_point until);
    awaitable<result_ptr> next(time_point until);
    awaitable<> shake_hands(time_point until);

    asio::any_io_executor loop_;
    std::string where_;
    std::unique_ptr<pg_conn, closer> handle_;
    asio::posix::stream_descriptor socket_;  // a duplicate: libpq closes its own as it likes
};

/// An error's SQLSTATE; empty where libpq itself has made it.
std::string_view state_of(const pg_result* result);

}  // namespace sluice::store
