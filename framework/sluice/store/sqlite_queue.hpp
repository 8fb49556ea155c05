#pragma once

#include "sluice/base/async.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/intrusive/list.hpp>

#include <exception>
#include <functional>
#include <mutex>
#include <optional>

namespace sluice::store {

class sqlite_transaction;

/// A unit of work on its way; it lives in the frame of the coroutine that waits for it.
struct sqlite_job : boost::intrusive::list_base_hook<> {
    std::function<void(sqlite_transaction&)> work;
    std::exception_ptr error;  ///< set before `finish` by the thread that ran it
    std::function<void()> ended;
    std::optional<asio::executor_work_guard<asio::any_io_executor>> loop;

    /// Tells the waiting coroutine, on its loop. The job may be gone when this returns.
    void finish();
};

/// Jobs from any loop, served in their order by threads of its own. Thread-safe.
class sqlite_queue {
public:
    /// `serve` is called on one of `threads` threads while jobs wait: it takes some, runs and finishes them.
    /// `waiting`: how many jobs may wait.
    sqlite_queue(std::size_t threads, std::size_t waiting, std::function<void()> serve);
    sqlite_queue(const sqlite_queue&) = delete;
    sqlite_queue& operator=(const sqlite_queue&) = delete;
    ~sqlite_queue();

    /// Waits until the work has been finished, and rethrows its error. `failure` with `errc::overloaded` at the
    /// bound. Cancellation takes back a job that nobody has taken; else it is waited for.
    awaitable<> run(std::function<void(sqlite_transaction&)> work);

    /// The next job, or none.
    sqlite_job* take();

private:
    void push(sqlite_job& job);
    bool take_back(sqlite_job& job);
    void serve_all();

    std::size_t threads_;
    std::size_t bound_;
    std::function<void()> serve_;
    std::mutex mutex_;
    boost::intrusive::list<sqlite_job> waiting_;
    std::size_t serving_ = 0;
    asio::thread_pool pool_;
};

}  // namespace sluice::store
