#pragma once

#include "sluice/base/wait_queue.hpp"
#include "sluice/flow/lanes.hpp"
#include "sluice/flow/retry.hpp"
#include "sluice/record/broker.hpp"
#include "sluice/telemetry/log.hpp"

#include <memory>
#include <vector>

namespace sluice {

/// Commits the ends of the ledgers' finished prefixes, one commit at a time, and with each what is known beyond it.
class committer {
public:
    committer(source& from, const flow_settings& settings, const logger& log, clock& time);

    /// Learns from the group what earlier owners of these partitions knew; asks again and again with a back-off.
    /// `assigned` stays unanswered meanwhile, so no other event comes, and the group waits for this member as for one
    /// that is busy. False when `stop` is cancelled. Throws `failure` when the source has ended.
    awaitable<bool> recall(assignments of, cancellation_token stop);

    /// Commits what is finished of these partitions and not committed yet; waits for the coordinator's answer, and
    /// before that for the answer to an earlier commit.
    awaitable<result<>> commit(assignments of);

    /// The same, again and again with a back-off, until it succeeds, is in vain, or `deadline` comes.
    awaitable<result<>> commit_until(assignments of, time_point deadline);

    [[nodiscard]] std::uint64_t commits() const noexcept { return commits_; }
    [[nodiscard]] std::uint64_t failures() const noexcept { return failures_; }

private:
    awaitable<> ask(const assignments& of);
    [[nodiscard]] std::optional<position> due(const assignment& one) const;
    [[nodiscard]] std::string beyond(const assignment& one, std::int64_t offset) const;

    source& from_;
    const logger& log_;
    clock& time_;
    retry_settings backoff_;
    bool wordless_ = false;  // the broker takes no metadata of this length
    bool busy_ = false;
    wait_queue free_;
    std::uint64_t commits_ = 0;
    std::uint64_t failures_ = 0;
};

}  // namespace sluice
