#pragma once

#include "sluice/flow/handler.hpp"
#include "sluice/flow/ownership.hpp"
#include "sluice/flow/report.hpp"
#include "sluice/telemetry/log.hpp"

namespace sluice {

/// Notices partitions that do not move, and says what blocks them: once each time that `flow_settings::stuck_after`
/// goes by. That other records of the partition go on is no excuse: nothing is committed past the oldest.
class watchdog {
public:
    watchdog(const flow_settings& settings, const logger& log, const clock& time);

    /// Looks some times in `stuck_after`, until it is cancelled.
    awaitable<> run(const ownership& of, const lanes& where);
    void add_to(flow_totals& totals) const;

private:
    void look(const assignments& of, const lanes& where);

    const flow_settings& settings_;
    const logger& log_;
    const clock& time_;
    std::size_t stuck_ = 0;
    duration stalled_{};
};

}  // namespace sluice
