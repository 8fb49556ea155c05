#pragma once

#include "sluice/flow/settings.hpp"

#include <algorithm>

namespace sluice {

/// A token bucket: `burst` at once, then `per_second`. Pure, and in whole numbers: the virtual scheduling of GCRA
/// (ITU-T I.371), which keeps the time at which the bucket would be full again.
class limiter {
public:
    explicit limiter(const rate_limit& limit)
        : interval_{static_cast<duration::rep>(static_cast<double>(duration::period::den) / limit.per_second)},
          slack_{interval_ * static_cast<duration::rep>(limit.burst - 1)}
    {
    }

    /// When one more may start: `now`, or later.
    [[nodiscard]] time_point next(time_point now) const { return std::max(now, full_ - slack_); }
    /// One starts.
    void take(time_point now) { full_ = std::max(full_, now) + interval_; }

private:
    duration interval_, slack_;
    time_point full_{};
};

}  // namespace sluice
