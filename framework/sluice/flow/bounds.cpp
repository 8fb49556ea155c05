#include "sluice/flow/bounds.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

void bounds::changed(assignment& of)
{
    held_.set(of, hold_reason::ahead, is_far_ahead(of));
    held_.set(of, hold_reason::parked, parks_too_much(of));
    set_aside(of, holding::is(of, hold_reason::stalled) && of.queued() > queue_ / (2 * partitions_));
}

void bounds::look(const assignments& all, bool closed)
{
    partitions_ = std::max<std::size_t>(1, all.size());
    for (const auto& one : all) {
        const bool moved = std::exchange(one->moved, false);
        if (closed && blocked_ && !moved && one->running > 0 && one->queued() > 0) set_aside(*one, true);
    }
    blocked_ = closed;
}

void bounds::set_aside(assignment& of, bool stalled)
{
    held_.set(of, hold_reason::stalled, stalled);
    const auto aside = stalled && of.open ? of.queued() : 0;
    aside_ = aside_ - of.aside + aside;
    of.aside = aside;
}

// At a bound until half of it is free again: holding back is no toggle. The room above the second bound is for what
// comes all the same: the rest of a batch, and what runs out of order.
bool bounds::is_far_ahead(const assignment& of) const
{
    const auto size = of.finished.size();
    const auto words = settings_.mode == delivery::exactly_once ? 0 : of.finished.length_at_most();
    if (holding::is(of, hold_reason::ahead)) return size > settings_.ahead / 2 || words > progress::longest / 2;
    return size >= settings_.ahead || words > progress::longest / 4 * 3;
}

bool bounds::parks_too_much(const assignment& of) const
{
    const auto share = std::max<std::size_t>(1, settings_.parked / partitions_);
    return of.parked > 0 && of.parked >= (holding::is(of, hold_reason::parked) ? share / 2 + 1 : share);
}

}  // namespace sluice
