#pragma once

#include "sluice/flow/settings.hpp"

#include <cstdint>
#include <optional>
#include <random>

namespace sluice {

/// When a failed attempt is repeated: exponential back-off with equal jitter (half fixed, half drawn; M. Brooker,
/// "Exponential Backoff And Jitter", AWS 2015). Pure but for the random numbers, which come from its seed.
class retry_schedule {
public:
    retry_schedule(const retry_settings& settings, std::uint64_t seed) : settings_{settings}, random_{seed} {}

    /// How long to wait after `attempt` (1 for the first) has failed; none when it was the last. With
    /// `attempts == 0` there is no last.
    std::optional<duration> after(std::int32_t attempt);

private:
    retry_settings settings_;
    std::mt19937_64 random_;
};

}  // namespace sluice
