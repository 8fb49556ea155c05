#pragma once

#include "sluice/base/wait_queue.hpp"
#include "sluice/flow/committing.hpp"
#include "sluice/flow/lanes.hpp"
#include "sluice/flow/retry.hpp"
#include "sluice/record/broker.hpp"
#include "sluice/telemetry/log.hpp"

#include <memory>
#include <vector>

namespace sluice {

/// Commits the ends of the ledgers' finished prefixes, one commit at a time, and with each what is known beyond it.
class committer final : public committing {
public:
    committer(source& from, const flow_settings& settings, const logger& log, clock& time);

    /// Learns from the group what earlier owners of these partitions knew; asks again and again with a back-off.
    /// `assigned` stays unanswered meanwhile, so no other event comes, and the group waits for this member as for one
    /// that is busy. False when `stop` is cancelled. Throws `failure` when the source has ended.
    awaitable<bool> recall(assignments of, cancellation_token stop);

    awaitable<> due() override { return sleep_for(interval_); }
    awaitable<result<>> commit(assignments of) override { return commit(std::move(of), false); }
    awaitable<result<>> confirm(assignments of) override { return commit(std::move(of), true); }
    awaitable<result<>> commit_until(assignments of, time_point deadline) override;

private:
    awaitable<> ask(const assignments& of);
    awaitable<result<>> commit(assignments of, bool again);
    [[nodiscard]] std::optional<position> due(const assignment& one, bool again) const;
    [[nodiscard]] std::string beyond(const assignment& one, std::int64_t offset) const;

    source& from_;
    const logger& log_;
    clock& time_;
    duration interval_;
    retry_settings backoff_;
    bool wordless_ = false;  // the broker takes no metadata of this length
    bool busy_ = false;
    wait_queue free_;
};

}  // namespace sluice
