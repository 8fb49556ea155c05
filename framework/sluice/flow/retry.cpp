#include "sluice/flow/retry.hpp"

#include <algorithm>

namespace sluice {

std::optional<duration> retry_schedule::after(std::int32_t attempt)
{
    if (settings_.attempts != 0 && attempt >= settings_.attempts) return std::nullopt;
    auto delay = std::min(settings_.first_delay, settings_.max_delay);
    for (auto doubled = 1; doubled < attempt && delay < settings_.max_delay; ++doubled)
        delay = delay > settings_.max_delay / 2 ? settings_.max_delay : 2 * delay;
    const auto half = delay / 2;
    return half + duration{std::uniform_int_distribution<duration::rep>{0, (delay - half).count()}(random_)};
}

}  // namespace sluice
