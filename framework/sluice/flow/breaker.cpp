#include "sluice/flow/breaker.hpp"

#include <boost/assert.hpp>

namespace sluice {

std::optional<time_point> breaker::next(time_point now) const
{
    if (state_ == state::half_open) return std::nullopt;
    return state_ == state::closed ? now : until_;
}

breaker::pass breaker::start(time_point now)
{
    BOOST_ASSERT(next(now) && *next(now) <= now);
    if (state_ == state::open) {
        state_ = state::half_open;
        ++now_;
    }
    return now_;
}

bool breaker::succeeded(pass of)
{
    if (of != now_) return false;
    if (state_ == state::closed) {
        count(false);
        return false;
    }
    window_.clear();
    failures_ = 0;
    state_ = state::closed;
    ++now_;
    return true;
}

bool breaker::failed(pass of, time_point now)
{
    if (of != now_) return false;
    if (state_ == state::closed) {
        count(true);
        if (static_cast<double>(failures_) < settings_.failures * static_cast<double>(settings_.window)) return false;
        ++openings_;
    }
    open(now + settings_.open);
    return true;
}

bool breaker::withdrawn(pass of, time_point now)
{
    if (of != now_ || state_ != state::half_open) return false;
    open(now);
    return true;
}

bool breaker::held_against_the_record(const doubt& failure) const noexcept
{
    return failure.when == now_ && outcomes_ - failure.outcomes >= settings_.window;
}

void breaker::count(bool failure)
{
    if (window_.full() && window_.front()) --failures_;
    window_.push_back(failure);
    if (failure) ++failures_;
    ++outcomes_;
}

void breaker::open(time_point until)
{
    state_ = state::open;
    until_ = until;
    ++now_;
}

}  // namespace sluice
