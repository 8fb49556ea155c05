#pragma once

#include "sluice/base/clock.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>

/// The times at which a load of `rate` records a second is due, from now on: whoever comes late is told of all that
/// is due by then.
class pace {
public:
    pace(sluice::clock& time, std::size_t rate) : time_{time}, rate_{rate}, start_{time.now()} {}

    /// Waits until more is due, some milliseconds' worth at a time; returns how many.
    sluice::awaitable<std::size_t> more()
    {
        const auto piece = std::max<std::size_t>(rate_ / 200, 1);
        co_await sluice::sleep_until(start_ + (begun_ + piece) * sluice::duration{std::chrono::seconds{1}} / rate_);
        const auto due = static_cast<std::size_t>((time_.now() - start_) * rate_ / std::chrono::seconds{1});
        const auto count = std::max(due, begun_ + piece) - begun_;
        begun_ += count;
        co_return count;
    }

private:
    sluice::clock& time_;
    std::size_t rate_;
    sluice::time_point start_;
    std::size_t begun_ = 0;
};
