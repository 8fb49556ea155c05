#pragma once

#include "sluice/flow/batch.hpp"
#include "sluice/flow/handler.hpp"
#include "sluice/flow/report.hpp"
#include "sluice/flow/settings.hpp"
#include "sluice/record/broker.hpp"
#include "sluice/telemetry/log.hpp"
#include "sluice/telemetry/metrics.hpp"

#include <memory>

namespace sluice {

/// What a flow is given by whoever runs it. All of it outlives the flow.
struct flow_environment {
    logger log;
    metrics& numbers;
    clock& time;  ///< of the loop that runs the flow
    /// Cancelled: fetching stops, what runs is drained for `flow_settings::drain`, finished work is committed, the
    /// group is left.
    cancellation_token stop = {};
    std::uint64_t seed = 0;  ///< of the retries' jitter; 0: drawn at random
};

/// A subscription with its policies: takes records from a source, runs a handler for each in its lane, sends what
/// it replies, and commits the end of the unbroken prefix of what is finished: at least once. One loop's thread.
class flow {
public:
    /// `from` and `to` outlive the flow. Throws `failure` (`errc::invalid`) for bad settings.
    flow(source& from, sink& to, flow_settings settings, flow_environment environment);
    /// With mode `exactly_once`: what handlers emit, and dead letters, become visible with the offsets that they came
    /// of, once.
    flow(source& from, transactional_sink& to, flow_settings settings, flow_environment environment);
    flow(const flow&) = delete;
    flow& operator=(const flow&) = delete;
    ~flow();

    /// Runs until asked to stop, then drains, commits and closes the source. Once. Throws `failure` when the source
    /// fails for good, and a record's own error when it failed for good and there are no dead letters; what was
    /// finished before is committed in any case. Cancellation of the caller is a request to stop.
    awaitable<> run(record_handler handler);
    /// The same with a handler of batches. Throws `failure` (`errc::invalid`) for order `unordered`, where no records
    /// belong together.
    awaitable<> run_batch(batch_handler handler);

    [[nodiscard]] flow_totals totals() const;

    /// What each partition does, and what blocks it. It costs as much as there are records that wait.
    [[nodiscard]] flow_report report() const;

private:
    class engine;
    std::unique_ptr<sink> outside_;  // of transactions: refuses
    std::unique_ptr<engine> engine_;
};

}  // namespace sluice
