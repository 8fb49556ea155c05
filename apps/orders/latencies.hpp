#pragma once

#include "sluice/base/clock.hpp"

#include <array>
#include <cstdint>

namespace orders {

/// Spans of time, counted in buckets 5 % apart: any number of them in little memory.
class latencies {
public:
    void add(sluice::duration span);
    /// The span that a share (0.99) of them does not pass; zero when there are none.
    [[nodiscard]] sluice::duration at(double share) const;

private:
    std::array<std::uint64_t, 512> buckets_{};
    std::uint64_t count_ = 0;
};

}  // namespace orders
