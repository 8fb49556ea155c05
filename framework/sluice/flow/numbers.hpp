#pragma once

#include "sluice/flow/committer.hpp"
#include "sluice/flow/handler.hpp"
#include "sluice/telemetry/metrics.hpp"

namespace sluice {

/// A flow's metrics. The flow counts in plain integers and reports now and then, so a record costs no atomic.
class flow_numbers {
public:
    flow_numbers(metrics& numbers, const flow_settings& settings);

    void report(const flow_totals& now, const committer& commits);

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

    total handled_, dead_lettered_, retried_, abandoned_, commits_, commit_failures_;
    prometheus::Gauge &running_, &queued_, &parked_, &partitions_;
};

}  // namespace sluice
