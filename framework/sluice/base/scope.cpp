#include "sluice/base/scope.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/assert.hpp>

namespace sluice {
namespace {

// co_spawn alone runs it at once, up to its first wait, in the middle of what its spawner does.
awaitable<> in_a_later_turn(awaitable<> work)
{
    co_await asio::post(asio::use_awaitable);
    co_await std::move(work);
}

}  // namespace

scope::scope(asio::any_io_executor executor, const cancellation_token& parent)
    : executor_{std::move(executor)},
      cancellation_{parent}
{
}

scope::~scope()
{
    BOOST_ASSERT_MSG(children_.empty(), "a scope must be joined before it goes");
}

asio::cancellation_signal& scope::spawn(awaitable<> work)
{
    auto self = children_.emplace(children_.end());
    auto ended = [this, self](std::exception_ptr error) {
        children_.erase(self);
        if (error && !failure_ && !is_cancellation(error)) {
            failure_ = error;
            cancel(cancel_reason::sibling_failed);
        }
        if (children_.empty()) ended_.wake_all();
    };
    asio::co_spawn(executor_, in_a_later_turn(std::move(work)),
                   asio::bind_cancellation_slot(self->signal.slot(), ended));
    self->reach.emplace(cancellation_.token(),
                        [self](cancel_reason) { self->signal.emit(asio::cancellation_type::all); });
    return self->signal;
}

awaitable<> scope::join()
{
    const bool throwing = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);  // else the second wait of a cancelled caller throws
    while (!children_.empty())
        if (co_await ended_.wait_shielded()) cancel();
    co_await asio::this_coro::throw_if_cancelled(throwing);
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

}  // namespace sluice
