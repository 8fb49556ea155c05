#pragma once

#include "sluice/base/async.hpp"
#include "sluice/store/sqlite_connection.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace sluice::store {

/// What a unit of work sees of the file. Lives while the work runs, on a thread of the store.
class sqlite_transaction {
public:
    explicit sqlite_transaction(sqlite_connection& on) : on_{on} {}
    sqlite_transaction(const sqlite_transaction&) = delete;
    sqlite_transaction& operator=(const sqlite_transaction&) = delete;

    /// See `sqlite_connection`.
    [[nodiscard]] sqlite_rows query(std::string_view sql, std::initializer_list<sqlite_value> arguments = {})
    {
        return on_.query(sql, arguments);
    }
    std::int64_t execute(std::string_view sql, std::initializer_list<sqlite_value> arguments = {})
    {
        return on_.execute(sql, arguments);
    }
    [[nodiscard]] sqlite_connection& connection() const noexcept { return on_; }

private:
    sqlite_connection& on_;
};

/// A SQLite file for coroutines. One thread writes: it gathers the work that waits into one transaction, and so into
/// one fsync. Some threads read. Thread-safe: one object serves all loops of a process, and the caller always goes
/// on on its own loop.
class sqlite {
public:
    struct settings {
        std::filesystem::path file;
        std::size_t readers = 2;                                  ///< threads
        std::size_t gather = 256;                                 ///< units of work in one commit
        std::size_t waiting = 10'000;                             ///< units of work that may wait, to write and to read
        std::chrono::milliseconds busy{std::chrono::seconds{5}};  ///< wait for a lock of another process
    };
    struct totals {
        std::uint64_t commits = 0;
        std::uint64_t written = 0;  ///< units of work in them
    };

    /// Touches no file yet.
    explicit sqlite(settings what);
    sqlite(const sqlite&) = delete;
    sqlite& operator=(const sqlite&) = delete;
    /// Everything must have been awaited before. Closes the file.
    ~sqlite();

    /// Waits until the file is open. Not needed, `write` and `read` do it too: it makes errors come early.
    awaitable<> open();

    /// Runs `work(sqlite_transaction&)` on the writer's thread and returns what it returned, once that is on the
    /// disk. What it throws is thrown here, and only its own changes are undone. `failure` when the commit fails:
    /// `errc::unavailable` (nothing happened), `errc::outcome_unknown`; `errc::overloaded` when too much waits.
    /// Cancellation takes work back that has not started; else the call waits for its end.
    template <class Work>
    awaitable<std::invoke_result_t<Work&, sqlite_transaction&>> write(Work work)
    {
        return run(true, std::move(work));
    }

    /// Runs `work(sqlite_transaction&)` on a reader's thread, on what was committed when it began. Errors and
    /// cancellation as for `write`.
    template <class Work>
    awaitable<std::invoke_result_t<Work&, sqlite_transaction&>> read(Work work)
    {
        return run(false, std::move(work));
    }

    [[nodiscard]] totals counted() const noexcept;

private:
    class engine;
    using job = std::function<void(sqlite_transaction&)>;

    template <class Work>
    awaitable<std::invoke_result_t<Work&, sqlite_transaction&>> run(bool writes, Work work)
    {
        using value_type = std::invoke_result_t<Work&, sqlite_transaction&>;
        if constexpr (std::is_void_v<value_type>) {
            co_await run_job(writes, std::ref(work));
        } else {
            std::optional<value_type> value;
            const auto keep = [&](sqlite_transaction& within) { value.emplace(work(within)); };
            co_await run_job(writes, std::ref(keep));
            co_return std::move(*value);
        }
    }
    awaitable<> run_job(bool writes, job what);

    std::unique_ptr<engine> engine_;
};

}  // namespace sluice::store
