#pragma once

#include "sluice/flow/committing.hpp"
#include "sluice/flow/handler.hpp"
#include "sluice/telemetry/metrics.hpp"

#include <utility>

namespace sluice {

/// A flow's metrics, its part of those that the shards share. The flow counts in plain integers and reports now and
/// then, so a record costs no atomic.
class flow_numbers {
public:
    flow_numbers(metrics& numbers, const flow_settings& settings);

    void report(const flow_totals& now, const committing& commits);

private:
    // Raises a counter to what the flow has counted.
    class total {
    public:
        explicit total(prometheus::Counter& counter) : counter_{counter} {}
        void raise_to(std::uint64_t count)
        {
            counter_.Increment(static_cast<double>(count - reported_));
            reported_ = count;
        }

    private:
        prometheus::Counter& counter_;
        std::uint64_t reported_ = 0;
    };

    // Adds this flow's part to the parts of the others.
    class part {
    public:
        explicit part(prometheus::Gauge& gauge) : gauge_{gauge} {}
        part(const part&) = delete;
        part& operator=(const part&) = delete;
        ~part() { set(0); }
        void set(std::size_t now)
        {
            gauge_.Increment(static_cast<double>(now));
            gauge_.Decrement(static_cast<double>(std::exchange(reported_, now)));
        }

    private:
        prometheus::Gauge& gauge_;
        std::size_t reported_ = 0;
    };

    // Shows this flow's time if no other's is longer.
    class longest {
    public:
        explicit longest(greatest_gauge& gauge) : gauge_{gauge} {}
        longest(const longest&) = delete;
        longest& operator=(const longest&) = delete;
        ~longest() { set({}); }
        void set(duration now)
        {
            const auto seconds = std::chrono::duration<double>(now).count();
            gauge_.change(std::exchange(reported_, seconds), seconds);
        }

    private:
        greatest_gauge& gauge_;
        double reported_ = 0;
    };

    total handled_, dead_lettered_, detoured_, retried_, forgone_, openings_, recalled_, abandoned_, commits_,
        commit_failures_;
    part running_, queued_, parked_, partitions_, refused_, open_, stuck_;
    longest stalled_;
};

}  // namespace sluice
