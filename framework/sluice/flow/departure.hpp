#pragma once

#include "sluice/flow/committing.hpp"
#include "sluice/flow/execution.hpp"
#include "sluice/telemetry/log.hpp"

namespace sluice {

/// How partitions that are wanted by others leave a flow, up to their being given up.
class departure {
public:
    departure(execution& handlers, const flow_settings& settings, const logger& log, clock& time);

    /// What runs may finish within `flow_settings::drain`, then it is cancelled, and what is finished is committed. The
    /// group may go on without us meanwhile (our session timed out, or it waited long enough): an answer to a commit
    /// tells, and then what runs is cut short at once.
    awaitable<> drain(assignments leaving, committing& commits);
    /// They are another member's already: what runs is cut short, and nothing is committed.
    awaitable<> cut_short(assignments gone, committing& commits);

private:
    enum class wait { drained, too_long, lost };
    awaitable<wait> wait_for(const assignments& leaving, time_point deadline, committing& commits);

    execution& handlers_;
    const flow_settings& settings_;
    const logger& log_;
    clock& time_;
};

}  // namespace sluice
