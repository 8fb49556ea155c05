#pragma once

#include "sluice/base/clock.hpp"
#include "sluice/flow/ownership.hpp"
#include "sluice/record/broker.hpp"
#include "sluice/telemetry/log.hpp"

#include <cstdint>
#include <functional>

namespace sluice {

/// How a flow makes lasting what it has finished.
class committing {
public:
    virtual ~committing() = default;

    /// Waits until it is time for the next commit of what is finished.
    virtual awaitable<> due() = 0;

    /// Commits what is finished of these partitions and not committed yet, or part of it when it is much; waits for
    /// the answer, and before that for the answer to an earlier commit.
    virtual awaitable<result<>> commit(assignments of) = 0;

    /// The same, and where the group can be asked: what is committed already is so again, and `errc::assignment_lost`
    /// tells that the group has gone on without this member.
    virtual awaitable<result<>> confirm(assignments of) { return commit(std::move(of)); }

    /// All of it, again and again with a back-off, until it succeeds, is in vain, or `deadline` comes.
    virtual awaitable<result<>> commit_until(assignments of, time_point deadline) = 0;

    /// Commits what is finished of whatever is ours, whenever it is due, and reports then. Until it is cancelled.
    awaitable<> keep_up(const ownership& of, const logger& log, std::function<void()> report);

    /// `commit_until` for the end of a flow: also what hangs is given up, five seconds after the deadline.
    awaitable<result<>> commit_last(assignments of, time_point deadline, clock& time);

    /// These are not ours any more, so nothing of theirs is to be committed: not by a commit either that waits for an
    /// earlier one.
    virtual void forget(const assignments& which)
    {
        for (const auto& one : which) one->given_up = true;
    }

    /// Whether so much is finished and not committed that nothing more should come.
    [[nodiscard]] virtual bool full() const noexcept { return false; }

    [[nodiscard]] std::uint64_t commits() const noexcept { return commits_; }
    [[nodiscard]] std::uint64_t failures() const noexcept { return failures_; }

protected:
    std::uint64_t commits_ = 0;
    std::uint64_t failures_ = 0;
};

}  // namespace sluice
