#pragma once

#include "sluice/base/clock.hpp"

/// Time that passes because a test says so. What waits for something to happen uses testing::until.
namespace sluice {

/// What a handler, or another party, takes.
inline awaitable<> work_for(duration span)
{
    return sleep_for(span);
}

/// Until the next step of a plan: a load's, or that of a fault, whose length is part of it.
inline awaitable<> planned_pause(duration span)
{
    return sleep_for(span);
}

/// So that what must not happen could.
inline awaitable<> watch_for(duration span)
{
    return sleep_for(span);
}

}  // namespace sluice
