#include "sluice/flow/departure.hpp"

#include <algorithm>

namespace sluice {
namespace {

// For the last commit, when the drain took all the time.
constexpr duration last_commit = std::chrono::seconds{5};

}  // namespace

departure::departure(execution& handlers, const flow_settings& settings, const logger& log, clock& time)
    : handlers_{handlers},
      settings_{settings},
      log_{log},
      time_{time}
{
}

awaitable<> departure::drain(assignments leaving, committing& commits)
{
    const auto deadline = time_.now() + settings_.drain;
    const auto over = co_await wait_for(leaving, deadline, commits);
    if (over == wait::lost) {
        co_await cut_short(std::move(leaving), commits);
        co_return;
    }
    if (over == wait::too_long) {
        log_.warning("handlers still ran {} s after their partitions were revoked, and are cancelled",
                     std::chrono::duration_cast<std::chrono::seconds>(settings_.drain).count());
        for (const auto& one : leaving) one->stop.cancel(cancel_reason::revoked);
        co_await handlers_.drained(leaving, std::nullopt);
    }
    const auto committed = co_await commits.commit_until(leaving, std::max(deadline, time_.now() + last_commit));
    if (!committed) log_.warning("revoked partitions go without a last commit: {}", committed.error().message());
    commits.forget(leaving);
}

awaitable<departure::wait> departure::wait_for(const assignments& leaving, time_point deadline, committing& commits)
{
    for (;;) {
        const auto next = std::min(deadline, time_.now() + settings_.commit_interval);
        const bool drained = co_await handlers_.drained(leaving, next);
        if (drained) co_return wait::drained;
        if (time_.now() >= deadline) co_return wait::too_long;
        const auto ours = co_await commits.confirm(leaving);
        if (!ours && ours.error() == errc::assignment_lost) co_return wait::lost;
    }
}

awaitable<> departure::cut_short(assignments gone, committing& commits)
{
    commits.forget(gone);
    for (const auto& one : gone) one->stop.cancel(cancel_reason::lost);
    co_await handlers_.drained(gone, std::nullopt);
    log_.warning("{} partitions are lost: their records come again elsewhere", gone.size());
}

}  // namespace sluice
