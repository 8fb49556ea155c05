#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/cancellation.hpp"
#include "sluice/base/wait_queue.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <exception>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <variant>

namespace sluice {

/// A bounded pool of threads for what would block the loop. Each loop has its own; `run` is called on that loop.
class offload {
public:
    struct settings {
        std::size_t threads = 2;
        std::size_t admitted = 64;  ///< running and queued together; beyond it callers wait, first come first served
    };

    explicit offload(settings bounds) : free_{bounds.admitted}, pool_{bounds.threads} {}
    offload() : offload{settings{}} {}
    offload(const offload&) = delete;
    offload& operator=(const offload&) = delete;
    /// Waits for the threads: everything must have been awaited before.
    ~offload() { join(); }

    /// Runs `work(std::stop_token)` on a thread of the pool and returns what it returned or threw. Cancellation of
    /// the caller while it waits for a place ends with operation_aborted; later it asks `work` to stop, and the
    /// call returns only when `work` has ended, so `work` may refer to what its caller holds.
    template <class Work>
    awaitable<std::invoke_result_t<Work&, std::stop_token>> run(Work work);

    /// Runs `work()` on a thread of the pool, at the latest before the pool is gone; nobody waits for it. For what
    /// would block in a destructor. `work` must not throw. From any thread.
    template <class Work>
    void leave(Work work)
    {
        asio::post(pool_, std::move(work));
    }

    /// Waits for the threads, which take nothing more. From any thread.
    void join() { pool_.join(); }

private:
    struct place {
        offload& pool;
        ~place()
        {
            if (!pool.waiting_.wake_one()) ++pool.free_;
        }
    };

    std::size_t free_;
    wait_queue waiting_;
    asio::thread_pool pool_;
};

template <class Work>
awaitable<std::invoke_result_t<Work&, std::stop_token>> offload::run(Work work)
{
    using value_type = std::invoke_result_t<Work&, std::stop_token>;
    using kept_type = std::conditional_t<std::is_void_v<value_type>, std::monostate, value_type>;

    if (free_ > 0)
        --free_;
    else
        co_await waiting_.wait();  // the one that leaves hands its place over
    const place held{*this};
    const bool throwing = co_await asio::this_coro::throw_if_cancelled();
    const auto asked = co_await asio::this_coro::cancellation_state;
    // Cancelled after the hand-over and before this turn: the signal has come and gone.
    if (throwing && asked.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error{asio::error::operation_aborted};

    std::stop_source stop;
    std::optional<kept_type> value;
    std::exception_ptr error;
    wait_queue done;
    bool ended = false;

    auto loop = asio::make_work_guard(co_await asio::this_coro::executor);
    auto finished = [&] {
        ended = true;
        done.wake_all();
    };
    auto task = [&, loop = std::move(loop)]() mutable {
        try {
            if constexpr (std::is_void_v<value_type>) {
                work(stop.get_token());
                value.emplace();
            } else {
                value.emplace(work(stop.get_token()));
            }
        } catch (...) {
            error = std::current_exception();
        }
        auto on = std::move(loop);
        asio::post(on.get_executor(), finished);
    };
    // Once cancelled, a coroutine throws at every further co_await: not while the task refers to this frame.
    co_await asio::this_coro::throw_if_cancelled(false);
    asio::post(pool_, std::move(task));
    while (!ended)
        if (co_await done.wait_shielded()) stop.request_stop();
    co_await asio::this_coro::throw_if_cancelled(throwing);

    if (error) std::rethrow_exception(error);
    if constexpr (!std::is_void_v<value_type>) co_return std::move(*value);
}

}  // namespace sluice
