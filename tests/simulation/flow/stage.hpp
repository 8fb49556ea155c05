#pragma once

#include "sluice/base/scope.hpp"
#include "sluice/flow/flow.hpp"
#include "sluice/testing/simulated_broker.hpp"
#include "sluice/testing/test_case.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sluice::testing {

using namespace std::chrono_literals;

/// One flow, group `g`, on topic `in` of a simulated broker, driven by hand. Dead letters are on, everything else as
/// in `flow_settings`.
class stage {
public:
    using script = std::function<awaitable<>()>;

    explicit stage(const asio::any_io_executor& executor, std::int32_t partitions = 1);

    /// Runs the flow with `handler` on all partitions while `what` goes on, then stops it and waits for its end.
    /// Rethrows what either threw; when the flow fails, the script is cancelled.
    awaitable<> run(record_handler handler, script what);

    /// Appends to `in`; the offset.
    std::int64_t put(std::string value, std::optional<std::string> key = {}, std::int32_t partition = 0,
                     headers with = {});
    /// What the group has committed.
    [[nodiscard]] std::optional<std::int64_t> committed(std::int32_t partition = 0) const;
    [[nodiscard]] std::vector<logged> dead_letters() const;
    [[nodiscard]] std::vector<logged> emitted() const;
    [[nodiscard]] flow_totals totals() const { return subject->totals(); }
    [[nodiscard]] duration elapsed() const { return broker.time().now() - start_; }
    /// Waits, in virtual time, until something holds; fails the test when it does not within an hour.
    awaitable<> until(std::function<bool()> holds) const;

    simulated_broker broker;
    simulated_group& group;
    simulated_member& member;
    simulated_sink& sink;
    simulated_transactional_sink& transactions;  ///< where a flow with mode exactly_once sends to
    flow_settings settings;
    logger log;
    cancellation stop;
    metrics numbers;
    std::optional<flow> subject;

private:
    awaitable<> play(script what);

    time_point start_;
};

/// A handler that writes down what it is given, and fails as it is told to.
class scripted_handler {
public:
    explicit scripted_handler(const stage& on) : on_{on} {}

    /// By value: how often it fails, -1 for always, and how long each attempt takes.
    std::map<std::string, int> failures;
    std::map<std::string, duration> takes;
    /// By value: what it replies.
    std::map<std::string, reply> replies;

    struct attempt {
        std::string value;
        std::int32_t number;
        duration at;
    };
    std::vector<attempt> started;
    std::vector<std::string> ended;      ///< values, in the order of success
    std::vector<std::string> cut_short;  ///< values
    std::size_t most_at_once = 0;

    /// It refers to this.
    record_handler get();

private:
    awaitable<reply> handle(const record& what, context& about);

    const stage& on_;
    std::size_t running_ = 0;
};

}  // namespace sluice::testing
