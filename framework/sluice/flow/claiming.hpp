#pragma once

#include "sluice/flow/retry.hpp"
#include "sluice/record/source_decorator.hpp"
#include "sluice/telemetry/log.hpp"

#include <map>

namespace sluice {

/// A source whose records are committed before it hands them over: at most once. A batch whose commit is refused, or
/// not answered, is not handed over; unless its partitions are lost it is fetched again, so that its commit is tried
/// again. What its user commits counts only where it goes beyond that: past gaps, with nothing running.
class claiming final : public source_decorator {
public:
    /// `from` outlives it. The back-off is `flow_settings::sending`.
    claiming(source& from, const flow_settings& settings, const logger& log);

    /// Cancellation ends the wait for a batch, not that for the answer to its commit.
    awaitable<event> next() override;
    /// Nothing: what was handed over is nobody's any more.
    awaitable<result<positions>> committed(partitions of) override;
    awaitable<result<>> accept(positions from) override;
    awaitable<result<>> commit(positions finished) override;

private:
    awaitable<bool> claim(const batch& what);

    const logger& log_;
    retry_schedule backoff_;
    std::int32_t refused_ = 0;  // commits, one after the other
    duration pause_{};
    bool busy_ = false;  // a batch is fetched, and not handed over
    std::map<topic_partition, std::int64_t> claimed_;
};

}  // namespace sluice
