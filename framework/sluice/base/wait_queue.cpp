#include "sluice/base/wait_queue.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/assert.hpp>

#include <memory>

namespace sluice {

template <class Handler>
struct wait_queue::suspended final : wait_queue::waiter {
    // The executor is asked for first: moving the handler would take it along.
    explicit suspended(Handler&& waiting)
        : executor{asio::get_associated_executor(waiting)},
          handler{std::move(waiting)}
    {
    }

    void complete(error_code ec) override
    {
        const std::unique_ptr<suspended> self{this};
        if (handle) *handle = nullptr;
        asio::get_associated_cancellation_slot(handler).clear();
        asio::post(executor, asio::append(std::move(handler), ec));
    }

    asio::any_io_executor executor;
    Handler handler;
};

wait_queue::~wait_queue()
{
    BOOST_ASSERT_MSG(waiters_.empty(), "a wait_queue must outlive its waiters");
}

awaitable<error_code> wait_queue::suspend(waiter** handle)
{
    auto initiate = [this, handle](auto handler) {
        auto* self = new suspended<decltype(handler)>{std::move(handler)};
        self->handle = handle;
        if (handle) *handle = self;
        waiters_.push_back(*self);
        auto slot = asio::get_associated_cancellation_slot(self->handler);
        if (slot.is_connected())
            slot.assign([self](asio::cancellation_type) {
                self->unlink();
                self->complete(asio::error::operation_aborted);
            });
    };
    auto token = asio::as_tuple(asio::use_awaitable);
    const auto ended = co_await asio::async_initiate<decltype(token), void(error_code)>(initiate, token);
    co_return std::get<0>(ended);
}

awaitable<> wait_queue::wait()
{
    const auto ec = co_await suspend(nullptr);
    if (ec) throw boost::system::system_error{ec};
}

awaitable<bool> wait_queue::wait_until(time_point when)
{
    waiter* self = nullptr;
    auto expire = [&self] {
        if (!self) return;
        self->unlink();
        self->complete(make_error_code(errc::timed_out));
    };
    const auto alarm = clock::of(co_await asio::this_coro::executor).at(when, expire);
    const auto ec = co_await suspend(&self);
    if (ec == make_error_code(errc::timed_out)) co_return false;
    if (ec) throw boost::system::system_error{ec};
    co_return true;
}

awaitable<bool> wait_queue::wait_shielded()
{
    const bool throwing = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto ec = co_await suspend(nullptr);
    co_await asio::this_coro::throw_if_cancelled(throwing);
    co_return ec == asio::error::operation_aborted;
}

bool wait_queue::wake_one()
{
    if (waiters_.empty()) return false;
    auto& first = waiters_.front();
    first.unlink();
    first.complete({});
    return true;
}

std::size_t wait_queue::wake_all()
{
    std::size_t woken = 0;
    // Only those that wait now: a woken coroutine may come back to wait for the next event.
    for (auto waiting = waiters_.size(); woken < waiting && wake_one();) ++woken;
    return woken;
}

}  // namespace sluice
