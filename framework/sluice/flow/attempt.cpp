#include "sluice/flow/attempt.hpp"

#include "sluice/flow/emission.hpp"

namespace sluice {

attempt::attempt(turns& of, work& what, asio::cancellation_signal& interrupt)
    : of_{of},
      what_{what},
      stop_{what.of->stop.token()}
{
    if (stop_.cancelled()) return;
    const auto left = of_.time_left(what_);
    if (left && *left <= duration::zero()) {
        too_late_ = true;
        return;
    }
    if (left) in_time_.emplace(stop_, of_.time_, of_.time_.now() + *left);
    token_ = in_time_ ? in_time_->token() : stop_;
    about_.emplace(*what_.what, what_.attempt, token_, of_.log_);
    shown_.emplace(what_, *about_);
    reach_.emplace(token_, [&interrupt](cancel_reason) { interrupt.emit(asio::cancellation_type::all); });
}

void attempt::succeeded(reply answer)
{
    reach_.reset();
    shown_.reset();
    answer_ = std::move(answer);
}

void attempt::failed(std::exception_ptr error)
{
    reach_.reset();
    shown_.reset();
    error_ = std::move(error);
}

std::optional<verdict> attempt::end()
{
    if (too_late_) {
        of_.gate_.withdrawn(what_.pass);
        --what_.attempt;
        const error late{errc::timed_out, "its deadline had passed before it ran"};
        return of_.failed(what_, std::make_exception_ptr(failure{late}), true);
    }
    // What finished all the same, and has nothing to send here, is finished.
    const bool undone = !starts() || error_ || (!of_.keeps() && !answer_.records().empty());
    if (stop_.cancelled() && undone) {
        of_.gate_.withdrawn(what_.pass);
        return verdict{verdict::kind::abandoned};
    }
    if (error_) return of_.failed(what_, error_, token_.cancelled());
    of_.gate_.succeeded(what_.pass);
    of_.answered(what_, std::move(answer_));
    if (what_.sending.empty()) return verdict{};
    return std::nullopt;
}

}  // namespace sluice
