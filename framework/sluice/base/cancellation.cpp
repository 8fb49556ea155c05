#include "sluice/base/cancellation.hpp"

#include "sluice/base/result.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sluice {
namespace detail {

struct cancellation_node
    : std::enable_shared_from_this<cancellation_node>,
      boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    template <class T>
    using list = boost::intrusive::list<T, boost::intrusive::constant_time_size<false>>;

    std::shared_ptr<cancellation_node> parent;  // keeps the branch alive
    list<cancellation_node> children;
    list<on_cancel> callbacks;
    std::optional<std::stop_source> stop;
    cancel_reason reason = cancel_reason::none;

    void add(on_cancel& callback) { callbacks.push_back(callback); }

    // A callback may destroy nodes and callbacks, itself included, so each is unlinked before it is called.
    void cancel(cancel_reason why)
    {
        if (reason != cancel_reason::none) return;
        const auto alive = shared_from_this();
        reason = why;
        if (stop) stop->request_stop();
        while (!callbacks.empty()) {
            auto& first = callbacks.front();
            callbacks.pop_front();
            const auto call = std::move(first.callback_);
            call(why);
        }
        while (!children.empty()) {
            const auto child = children.front().shared_from_this();
            children.pop_front();
            child->cancel(why);
        }
    }
};

awaitable<> run_under(cancellation_token token, awaitable<> work)
{
    if (token.cancelled()) throw boost::system::system_error{asio::error::operation_aborted};
    asio::cancellation_signal signal;
    const auto emit = [&signal](auto&&...) { signal.emit(asio::cancellation_type::all); };
    auto callers = (co_await asio::this_coro::cancellation_state).slot();
    if (callers.is_connected()) callers.assign(emit);
    std::optional<on_cancel> ours;
    auto started = asio::co_spawn(co_await asio::this_coro::executor, std::move(work),
                                  asio::bind_cancellation_slot(signal.slot(), asio::use_awaitable));
    ours.emplace(token, emit);
    std::exception_ptr error;
    try {
        co_await std::move(started);
    } catch (...) {
        error = std::current_exception();
    }
    if (callers.is_connected()) callers.clear();
    if (error) std::rethrow_exception(error);
}

}  // namespace detail

std::string_view to_string(cancel_reason reason) noexcept
{
    switch (reason) {
        case cancel_reason::none: return "none";
        case cancel_reason::shutdown: return "shutdown";
        case cancel_reason::revoked: return "revoked";
        case cancel_reason::lost: return "lost";
        case cancel_reason::deadline: return "deadline";
        case cancel_reason::sibling_failed: return "sibling failed";
        case cancel_reason::unwanted: return "unwanted";
    }
    return "unknown";
}

bool cancellation_token::cancelled() const noexcept
{
    return reason() != cancel_reason::none;
}

cancel_reason cancellation_token::reason() const noexcept
{
    return node_ ? node_->reason : cancel_reason::none;
}

std::stop_token cancellation_token::stop_token() const
{
    if (!node_) return {};
    if (!node_->stop) {
        node_->stop.emplace();
        if (cancelled()) node_->stop->request_stop();
    }
    return node_->stop->get_token();
}

cancellation::cancellation() : node_{std::make_shared<detail::cancellation_node>()} {}

cancellation::cancellation(const cancellation_token& parent) : cancellation{}
{
    if (!parent.node_) return;
    node_->reason = parent.reason();
    node_->parent = parent.node_;
    if (!parent.cancelled()) parent.node_->children.push_back(*node_);
}

cancellation::cancellation(const cancellation_token& parent, clock& clock, time_point deadline) : cancellation{parent}
{
    if (!token().cancelled())
        deadline_ = clock.at(deadline, [node = node_.get()] { node->cancel(cancel_reason::deadline); });
}

void cancellation::cancel(cancel_reason reason)
{
    node_->cancel(reason);
}

on_cancel::on_cancel(const cancellation_token& token, std::function<void(cancel_reason)> callback)
    : callback_{std::move(callback)},
      node_{token.node_}
{
    if (!node_) return;
    if (token.cancelled())
        callback_(token.reason());
    else
        node_->add(*this);
}

bool is_cancellation(const std::exception_ptr& error) noexcept
{
    try {
        std::rethrow_exception(error);
    } catch (const boost::system::system_error& e) {
        return e.code() == asio::error::operation_aborted || e.code() == make_error_code(errc::cancelled);
    } catch (const failure& e) {
        return e.why() == errc::cancelled;
    } catch (...) {
        return false;
    }
}

}  // namespace sluice
