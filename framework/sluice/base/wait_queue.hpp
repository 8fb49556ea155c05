#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/clock.hpp"
#include "sluice/base/result.hpp"

#include <boost/intrusive/list.hpp>

namespace sluice {

/// Coroutines that wait for something to happen on their loop, first come, first woken. Waking posts: the woken
/// coroutine runs in a later turn, so the waker's state is settled when it does. Not thread-safe; it must outlive
/// its waiters. Waiting does not keep an io_context running.
class wait_queue {
public:
    wait_queue() = default;
    wait_queue(const wait_queue&) = delete;
    wait_queue& operator=(const wait_queue&) = delete;
    ~wait_queue();

    /// Waits to be woken. Cancellation ends it with operation_aborted.
    awaitable<> wait();

    /// Waits to be woken, at most until `when`; true if it was woken.
    awaitable<bool> wait_until(time_point when);

    /// Waits to be woken whatever cancellation says: for work that must be joined. True if cancellation was asked
    /// for meanwhile.
    awaitable<bool> wait_shielded();

    bool wake_one();
    std::size_t wake_all();
    [[nodiscard]] bool empty() const noexcept { return waiters_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return waiters_.size(); }

private:
    struct waiter : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
        waiter** handle = nullptr;  // the waiting coroutine's pointer to this, cleared on completion
        virtual void complete(error_code ec) = 0;

    protected:
        ~waiter() = default;
    };
    template <class Handler>
    struct suspended;

    awaitable<error_code> suspend(waiter** handle);

    boost::intrusive::list<waiter, boost::intrusive::constant_time_size<false>> waiters_;
};

}  // namespace sluice
