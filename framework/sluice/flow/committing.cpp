#include "sluice/flow/committing.hpp"

#include "sluice/base/cancellation.hpp"

namespace sluice {

awaitable<> committing::keep_up(const ownership& of, const logger& log, std::function<void()> report)
{
    for (;;) {
        co_await due();
        // Also of what is being handed over: it fills a transaction, too, and nothing else would empty it.
        const auto done = co_await commit(of.all());
        if (!done && done.error() != errc::rebalancing && done.error() != errc::assignment_lost)
            log.warning("a commit failed and is tried again: {}", done.error().message());
        report();
    }
}

awaitable<result<>> committing::commit_last(assignments of, time_point deadline, clock& time)
{
    // A transaction has time limits of its own, which are longer than anybody waits here.
    const cancellation in_time{{}, time, deadline + std::chrono::seconds{5}};
    try {
        co_return co_await run_under(in_time.token(), commit_until(std::move(of), deadline));
    } catch (const boost::system::system_error&) {
        if (!in_time.token().cancelled()) throw;
        co_return error{errc::outcome_unknown, "it was not answered in time"};
    }
}

}  // namespace sluice
