#pragma once

#include "sluice/flow/context.hpp"
#include "sluice/flow/settings.hpp"
#include "sluice/record/broker.hpp"
#include "sluice/record/reply.hpp"
#include "sluice/record/topic.hpp"
#include "sluice/telemetry/log.hpp"
#include "sluice/telemetry/metrics.hpp"

#include <functional>
#include <memory>

namespace sluice {

/// What a flow is given by whoever runs it.
struct flow_environment {
    logger log;
    metrics& numbers;
    /// Cancelled with `shutdown`: fetching stops, what runs is drained for `flow_settings::drain`, finished work is
    /// committed, the group is left.
    cancellation_token stop;
    std::uint64_t seed = 0;  ///< of the retries' jitter; 0: drawn at random
};

/// Handles a record, or throws. The record and the context live until the coroutine ends.
using record_handler = std::function<awaitable<reply>(const record&, context&)>;

/// Thrown by a handler for a record that no repeat can help: it is dead-lettered at once.
class permanent_failure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What a flow has done so far, and what is left.
struct flow_totals {
    std::uint64_t handled = 0;        ///< records whose handler finished and whose reply is in the log
    std::uint64_t dead_lettered = 0;  ///< acknowledged
    std::uint64_t retried = 0;        ///< attempts after the first
    std::size_t running = 0;          ///< handlers that run now
    std::size_t waiting = 0;          ///< admitted, not running: queued or parked
};

/// A subscription with its policies: takes records from a source, runs a handler for each in its lane, sends what
/// it replies, and commits the end of the unbroken prefix of what is finished: at least once.
class flow {
public:
    /// `from` and `to` must outlive the flow.
    flow(source& from, sink& to, flow_settings settings, flow_environment environment);
    ~flow();
    flow(const flow&) = delete;
    flow& operator=(const flow&) = delete;

    /// Runs until `environment.stop`, then drains, commits and closes the source. Throws `failure` when the source
    /// fails for good, or when a record fails for good and there are no dead letters.
    awaitable<> run(record_handler handler);

    [[nodiscard]] flow_totals totals() const;

private:
    class engine;
    std::unique_ptr<engine> engine_;
};

/// A handler of payloads as a handler of records: what cannot be decoded fails for good, class `decode`.
/// `handler(T, context&)` returns `awaitable<reply>` or `awaitable<>`.
template <class T, class Handler>
record_handler typed(const topic<T>&, Handler handler)
{
    return [handler = std::move(handler)](const record& what, context& about) -> awaitable<reply> {
        // Not a coroutine itself: the handler's own frame is the only one a record costs.
        if constexpr (std::is_same_v<decltype(handler(std::declval<T>(), about)), awaitable<reply>>)
            return handler(detail::decode<T>(what), about);
        else
            return detail::no_reply(handler(detail::decode<T>(what), about));
    };
}

}  // namespace sluice
