#include "sluice/flow/postponing.hpp"

#include "sluice/flow/detour.hpp"

#include <algorithm>

namespace sluice {
namespace {

// Holding back is no toggle: what was fetched is fetched again.
constexpr duration shortest_hold = std::chrono::milliseconds{100};

}  // namespace

postponing::postponing(source& from, holding& held, const flow_settings& settings, clock& time)
    : from_{from},
      held_{held},
      time_{time}
{
    for (const auto delay : settings.retry_topics) longest_ = std::max(longest_, delay);
}

bool postponing::waits(assignment& of, const record& what)
{
    if (holding::is(of, hold_reason::not_due)) return true;
    const auto due = detour_of(what, longest_).not_before;
    const auto now = time_.wall();
    if (!due || *due <= now) return false;
    held_.set(of, hold_reason::not_due, true);
    from_.seek({{of.where, what.offset(), {}}});
    const auto release = time_.now() + std::max<duration>(*due - now, shortest_hold);
    of.due = time_.at(release, [this, &of] { held_.set(of, hold_reason::not_due, false); });
    return true;
}

}  // namespace sluice
