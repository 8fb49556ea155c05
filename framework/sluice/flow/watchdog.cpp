#include "sluice/flow/watchdog.hpp"

#include <algorithm>

namespace sluice {
namespace {

std::optional<std::int64_t> unfinished(const assignment& one)
{
    return one.finished.idle() ? std::nullopt : one.finished.committable();
}

// What its commit, whose refusals are told where they happen or are no news, has come to while more is finished.
std::optional<std::int64_t> unsaved(const assignment& one)
{
    return one.finished.committable() == one.committed ? std::nullopt : std::optional{one.committed.value_or(-1)};
}

}  // namespace

watchdog::watchdog(const flow_settings& settings, const logger& log, const clock& time)
    : settings_{settings},
      log_{log},
      time_{time}
{
}

awaitable<> watchdog::run(const ownership& of, const lanes& where)
{
    for (;;) {
        co_await sleep_for(settings_.stuck_after / 10);
        look(of.all(), where);
    }
}

void watchdog::look(const assignments& of, const lanes& where)
{
    const auto now = time_.now();
    stuck_ = 0;
    stalled_ = {};
    assignments to_tell, not_saved;
    for (const auto& one : of) {
        if (one->progress.observe(unfinished(*one), now, settings_.stuck_after)) to_tell.push_back(one);
        const auto patience = std::max(settings_.stuck_after, 4 * settings_.commit_interval);
        if (one->saving.observe(unsaved(*one), now, patience) && !one->progress.stuck()) not_saved.push_back(one);
        if (one->progress.stuck() || one->saving.stuck()) ++stuck_;
        stalled_ = std::max(stalled_, one->progress.lasts(now));
    }
    for (const auto& one : not_saved)
        log_.with("topic", one->where.topic)
            .with("partition", one->where.partition)
            .warning("stuck: what is finished cannot be committed");
    if (to_tell.empty()) return;
    for (const auto& one : report_on(to_tell, where, time_)) {
        auto told = log_.with("topic", one.topic).with("partition", one.partition).with("offset", *one.offset);
        if (one.key) told = told.with("key", *one.key);
        if (one.stage) told = told.with("stage", *one.stage);
        told.warning("stuck: {}", to_text(one));
    }
}

void watchdog::add_to(flow_totals& totals) const
{
    totals.stuck = stuck_;
    totals.stalled = stalled_;
}

}  // namespace sluice
