#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/cancellation.hpp"
#include "sluice/base/wait_queue.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <list>
#include <optional>

namespace sluice {

/// Owns the coroutines spawned into it: a child that fails cancels its siblings, and `join` rethrows the first
/// failure. A scope must be joined before it goes; `with_scope` does that whatever happens. One loop's thread.
class scope {
public:
    explicit scope(asio::any_io_executor executor, const cancellation_token& parent = {});
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;
    ~scope();

    /// Starts `work` in a later turn of the loop. Cancelling the scope ends what `work` waits for. Emitting the
    /// returned signal, which lives as long as `work` runs, does that for this child alone.
    asio::cancellation_signal& spawn(awaitable<> work);

    /// Asks every child to stop. They are still to be joined.
    void cancel(cancel_reason reason = cancel_reason::unwanted) { cancellation_.cancel(reason); }
    [[nodiscard]] cancellation_token token() const { return cancellation_.token(); }

    /// Waits until every child has ended, then rethrows the first failure (being cancelled is none). When its
    /// caller is cancelled it cancels the children, and still waits for them.
    awaitable<> join();

    [[nodiscard]] std::size_t size() const noexcept { return children_.size(); }

private:
    struct child {
        asio::cancellation_signal signal;
        std::optional<on_cancel> reach;
    };

    asio::any_io_executor executor_;
    cancellation cancellation_;
    std::list<child> children_;
    wait_queue ended_;
    std::exception_ptr failure_;
};

/// Awaits `body(scope&)`, then joins the scope. If the body throws, the children are cancelled first. The body is
/// a callable that outlives the wait, so its captures are safe in the coroutine it returns.
template <class Body>
awaitable<> with_scope(cancellation_token parent, Body body)
{
    scope children{co_await asio::this_coro::executor, parent};
    std::exception_ptr failed;
    try {
        co_await body(children);
    } catch (...) {
        failed = std::current_exception();
        children.cancel();
    }
    const bool throwing = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);  // a cancelled caller waits for its children all the same
    try {
        co_await children.join();
    } catch (...) {
        if (!failed || is_cancellation(failed)) failed = std::current_exception();
    }
    co_await asio::this_coro::throw_if_cancelled(throwing);
    if (failed) std::rethrow_exception(failed);
}

}  // namespace sluice
