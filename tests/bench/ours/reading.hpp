#pragma once

#include "given.hpp"
#include "stopwatch.hpp"

#include "sluice/base/cancellation.hpp"
#include "sluice/flow/batch.hpp"
#include "sluice/flow/settings.hpp"

#include <string>

namespace sluice::bench {

/// A flow over a topic, by a new group, until so many records are handled: what a role is, without the process around
/// it. Options: bootstrap, topic, group, records; filled (1: all are fetched before the first is handled, and what is
/// told of CPU is from then on).
class reading {
public:
    explicit reading(const given& options);

    /// For handlers: so many more are about to be handled; so many more are.
    void begin(std::size_t more);
    void end(std::size_t more);
    void add(std::size_t bytes) { bytes_ += bytes; }

    /// Runs the flow to its end, with a commit and a good-bye, and returns what to print.
    std::string run(flow_settings how, any_handler handler);

private:
    class after_the_fetch;
    awaitable<> run_on(asio::any_io_executor loop, flow_settings how, any_handler handler);

    kafka::settings cluster_;
    std::string topic_, group_;
    std::size_t records_;
    bool filled_;
    std::size_t begun_ = 0, ended_ = 0, bytes_ = 0;
    stopwatch watch_;
    double seconds_ = 0, cpu_seconds_ = 0;
    cancellation stop_;
};

}  // namespace sluice::bench
