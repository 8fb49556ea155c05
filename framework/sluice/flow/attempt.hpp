#pragma once

#include "sluice/base/cancellation.hpp"
#include "sluice/flow/context.hpp"
#include "sluice/flow/turn.hpp"

#include <optional>

namespace sluice {

/// The handler's part in a record's turn, in the frame of whoever awaits the handler:
///     attempt one{turns, what, interrupt};
///     if (one.starts()) {
///         try { one.succeeded(co_await one.call()); } catch (...) { one.failed(std::current_exception()); }
///         if (one.cut_short()) co_await asio::this_coro::reset_cancellation_state();
///     }
///     const auto over = one.end();
/// It is no coroutine itself, since the handler's frame is to be the only one that a record costs.
class attempt {
public:
    /// `interrupt` cancels the coroutine that awaits the handler: it is emitted when the record's partition is to be
    /// let go, and when the record's deadline passes.
    attempt(turns& of, work& what, asio::cancellation_signal& interrupt);
    attempt(const attempt&) = delete;
    attempt& operator=(const attempt&) = delete;

    /// Whether the handler is to be called: the record does not come too late, and its partition stays.
    [[nodiscard]] bool starts() const noexcept { return about_.has_value(); }
    awaitable<reply> call() { return of_.handler_(*what_.what, *about_); }

    void succeeded(reply answer);
    void failed(std::exception_ptr error);
    [[nodiscard]] bool cut_short() const noexcept { return token_.cancelled(); }

    /// What is to become of the record; none: what it emitted, or its dead letter, is to be sent.
    std::optional<verdict> end();

private:
    turns& of_;
    work& what_;
    cancellation_token stop_;  // of the partition
    std::optional<cancellation> in_time_;
    cancellation_token token_;  // of the partition, or the deadline
    bool too_late_ = false;
    std::optional<context> about_;
    std::optional<visible> shown_;
    std::optional<on_cancel> reach_;
    reply answer_;
    std::exception_ptr error_;
};

}  // namespace sluice
