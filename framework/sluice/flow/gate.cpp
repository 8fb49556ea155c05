#include "sluice/flow/gate.hpp"

namespace sluice {

gate::gate(const flow_settings& settings, const logger& log, clock& time) : log_{log}, time_{time}
{
    if (settings.breaker) breaker_.emplace(*settings.breaker);
    if (settings.limit) limiter_.emplace(*settings.limit);
}

bool gate::may_start()
{
    if (!breaker_ && !limiter_) return true;
    const auto now = time_.now();
    auto next = breaker_ ? breaker_->next(now) : now;
    if (!next) return false;
    if (limiter_) next = std::max(*next, limiter_->next(now));
    if (*next <= now) return true;
    due_ = time_.at(*next, [this] { ask_again_(); });
    return false;
}

breaker::pass gate::enter()
{
    if (!breaker_ && !limiter_) return 0;
    const auto now = time_.now();
    if (limiter_) limiter_->take(now);
    return breaker_ ? breaker_->start(now) : 0;
}

void gate::succeeded(breaker::pass of)
{
    if (breaker_) told(breaker_->succeeded(of));
}

bool gate::failed(breaker::pass of, handler_failure::kind why, std::optional<breaker::doubt>& doubtful)
{
    using kind = handler_failure::kind;
    if (!breaker_) return false;
    // An answer ends the attempt, and with it the doubt: the next attempt is not charged for what came before.
    if (why != kind::unavailable) doubtful.reset();
    // Whether what the handler needs would have answered is not known of what failed before it was asked.
    if (why == kind::decode || why == kind::permanent || why == kind::expired) {
        withdrawn(of);
        return false;
    }
    if (why == kind::retryable) {
        succeeded(of);
        return false;
    }
    told(breaker_->failed(of, time_.now()));
    if (breaker_->excused(of)) {
        doubtful.reset();
        return true;
    }
    const bool known = doubtful && doubtful->when == breaker_->doubted().when;
    const bool own = known && breaker_->held_against_the_record(*doubtful);
    if (!known || own) doubtful = breaker_->doubted();
    return !own;
}

void gate::withdrawn(breaker::pass of)
{
    if (breaker_) told(breaker_->withdrawn(of, time_.now()));
}

void gate::told(bool changed)
{
    if (!changed) return;
    if (breaker_->now() == breaker::state::open)
        log_.warning("the breaker is open: what the handlers need does not answer; nothing starts for now");
    else
        log_.info("the breaker is closed: what the handlers need answers again");
    ask_again_();
}

}  // namespace sluice
