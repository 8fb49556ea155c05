#pragma once

#include "sluice/base/wait_queue.hpp"
#include "sluice/flow/lanes.hpp"
#include "sluice/flow/retry.hpp"
#include "sluice/record/broker.hpp"

#include <memory>
#include <vector>

namespace sluice {

/// Commits the ends of the ledgers' finished prefixes, one commit at a time.
class committer {
public:
    committer(source& from, const flow_settings& settings, clock& time);

    /// Commits what is finished of these partitions and not committed yet; waits for the coordinator's answer, and
    /// before that for the answer to an earlier commit.
    awaitable<result<>> commit(assignments of);

    /// The same, again and again with a back-off, until it succeeds, is in vain, or `deadline` comes.
    awaitable<result<>> commit_until(assignments of, time_point deadline);

    [[nodiscard]] std::uint64_t commits() const noexcept { return commits_; }
    [[nodiscard]] std::uint64_t failures() const noexcept { return failures_; }

private:
    [[nodiscard]] std::optional<std::int64_t> due(const assignment& one) const;

    source& from_;
    clock& time_;
    retry_settings backoff_;
    bool busy_ = false;
    wait_queue free_;
    std::uint64_t commits_ = 0;
    std::uint64_t failures_ = 0;
};

}  // namespace sluice
