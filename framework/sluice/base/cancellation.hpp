#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/clock.hpp"

#include <boost/intrusive/list.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>

namespace sluice {

enum class cancel_reason { none, shutdown, revoked, lost, deadline, sibling_failed, unwanted };

std::string_view to_string(cancel_reason reason) noexcept;

namespace detail {
struct cancellation_node;
}

/// A view of a cancellation that work holds: whether it should stop, and why. A default token is never cancelled.
/// Copies share the node. Used from its loop's thread; only the `stop_token` travels to others.
class cancellation_token {
public:
    cancellation_token() = default;
    [[nodiscard]] bool cancelled() const noexcept;
    [[nodiscard]] cancel_reason reason() const noexcept;
    /// For work off the loop: asked to stop when this token is cancelled.
    [[nodiscard]] std::stop_token stop_token() const;

private:
    friend class cancellation;
    friend class on_cancel;
    explicit cancellation_token(std::shared_ptr<detail::cancellation_node> node) : node_{std::move(node)} {}
    std::shared_ptr<detail::cancellation_node> node_;
};

/// A node of the tree process → role → assignment → record: cancelling it cancels what descends from it, first
/// reason wins. Destroying it does not cancel. Used from its loop's thread.
class cancellation {
public:
    cancellation();
    explicit cancellation(const cancellation_token& parent);
    /// Also cancels itself, with reason `deadline`, when `clock` reads `deadline`.
    cancellation(const cancellation_token& parent, clock& clock, time_point deadline);
    cancellation(const cancellation&) = delete;
    cancellation& operator=(const cancellation&) = delete;

    void cancel(cancel_reason reason);
    [[nodiscard]] cancellation_token token() const { return cancellation_token{node_}; }

private:
    std::shared_ptr<detail::cancellation_node> node_;
    clock::alarm deadline_;
};

/// Calls back once when the token is cancelled (at once if it is already), until destroyed.
class on_cancel : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    on_cancel(const cancellation_token& token, std::function<void(cancel_reason)> callback);
    on_cancel(const on_cancel&) = delete;
    on_cancel& operator=(const on_cancel&) = delete;

private:
    friend struct detail::cancellation_node;
    std::function<void(cancel_reason)> callback_;
    std::shared_ptr<detail::cancellation_node> node_;
};

namespace detail {
/// Runs `work` so that `token`, and the caller's own cancellation, reach every Asio operation in it.
awaitable<> run_under(cancellation_token token, awaitable<> work);
}  // namespace detail

/// Awaits `work` under `token`: when it is cancelled, what `work` waits for ends with operation_aborted. Returns
/// only when `work` has ended.
template <class T>
awaitable<T> run_under(cancellation_token token, awaitable<T> work)
{
    std::optional<T> value;
    auto keep = [](awaitable<T> work, std::optional<T>& value) -> awaitable<> { value = co_await std::move(work); };
    co_await detail::run_under(std::move(token), keep(std::move(work), value));
    co_return std::move(*value);
}

inline awaitable<> run_under(cancellation_token token, awaitable<> work)
{
    return detail::run_under(std::move(token), std::move(work));
}

/// Whether an exception says no more than that somebody asked the work to stop.
bool is_cancellation(const std::exception_ptr& error) noexcept;

}  // namespace sluice
