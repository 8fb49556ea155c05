#include "sluice/flow/holding.hpp"

#include <utility>

namespace sluice {

void holding::set(assignment& which, hold_reason why, bool on)
{
    if (!which.open) return;
    const auto bit = static_cast<std::uint8_t>(why);
    const auto now = static_cast<std::uint8_t>(on ? which.held | bit : which.held & ~bit);
    const auto before = std::exchange(which.held, now);
    if (before == 0 && now != 0) from_.hold({which.where});
    if (before != 0 && now == 0) from_.release({which.where});
}

}  // namespace sluice
