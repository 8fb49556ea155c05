#pragma once

#include "sluice/base/cancellation.hpp"
#include "sluice/base/offload.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/kafka/consumer.hpp"
#include "sluice/kafka/producer.hpp"
#include "sluice/kafka/transactional_producer.hpp"
#include "sluice/process/environment.hpp"
#include "sluice/process/role.hpp"

#include <boost/asio/io_context.hpp>

#include <exception>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace sluice {
class flow;
}

namespace sluice::detail {

/// A flow that runs in a role.
struct running_flow {
    std::vector<std::string> topics;
    std::string group;
    const kafka::consumer* source = nullptr;
    const flow* what = nullptr;
};

/// A role that runs on a shard, and how far it has come.
struct running_role {
    running_role(const role_entry& entry, shard& where) : entry{entry}, self{entry, where} {}

    const role_entry& entry;
    role self;
    bool serving = false;
    bool ended = false;
    std::list<running_flow> flows;
};

/// How a shard ended.
struct shard_outcome {
    std::exception_ptr failure;     ///< the first of its roles'
    std::uint64_t unfinished = 0;   ///< records whose handlers were cut short by the end of the drain
    std::uint64_t uncommitted = 0;  ///< flows that ended without their last commit
    std::uint64_t unanswered = 0;   ///< HTTP requests, likewise
    std::uint64_t unsent = 0;       ///< records that the producer could not send, or does not know whether it did
    std::vector<std::string> late;  ///< roles that had to be cut short

    [[nodiscard]] bool clean() const noexcept
    {
        return !failure && unfinished + uncommitted + unanswered + unsent == 0 && late.empty();
    }
};

/// A shard's sign of life, given some times a second.
struct shard_pulse {
    time_point when{};
    std::vector<std::string> waiting{"its roles have not started"};  ///< what is to come before it is ready
};

/// One thread's world: a loop, a pool, a producer, and a running copy of each role. Nothing of it is used from
/// another thread, but for what says so.
class shard {
public:
    /// `troubled` is called, on the shard's thread, when a role fails.
    /// All of them outlive it. `number`: from 0.
    shard(environment& process, const chosen_roles& roles, std::size_t number, std::function<void()> troubled);
    shard(const shard&) = delete;
    shard& operator=(const shard&) = delete;
    ~shard();

    /// Runs the roles on the calling thread until all have ended, then closes the producer.
    shard_outcome run();
    /// After `run`, on the same thread: waits until the Kafka clients have gone, which is as long as a broker that
    /// hangs may hold them.
    void settle() { pool_.join(); }
    /// Asks the roles to drain. From any thread.
    void request_stop();
    /// The last sign of life. From any thread.
    [[nodiscard]] shard_pulse pulse() const;

    asio::io_context& loop() noexcept { return loop_; }
    environment& process() noexcept { return process_; }
    /// The name of a member of a group on this shard, that it has again after a restart; empty without the setting
    /// `instance`. A shard may have several members of one group, on different topics: `topic` is the first one's.
    [[nodiscard]] std::string member_name(std::string_view topic) const;
    class offload& pool() noexcept { return pool_; }
    kafka::producer& producer() noexcept { return *producer_; }
    /// For the producer of an exactly-once flow on this shard: `<program>.<group>.<instance>.<shard>.<topic>`.
    [[nodiscard]] kafka::transaction_producer_settings transactions_of(const std::string& topic,
                                                                       const flow_settings& how) const;
    const cancellation_token& stop() const noexcept { return stop_token_; }
    running_role& running(const role_entry& which);
    [[nodiscard]] const std::list<running_role>& roles() const noexcept { return roles_; }
    void count_unfinished(std::uint64_t records) noexcept { outcome_.unfinished += records; }
    void count_uncommitted() noexcept { ++outcome_.uncommitted; }
    void count_unanswered(std::uint64_t requests) noexcept { outcome_.unanswered += requests; }

private:
    awaitable<> live();
    awaitable<> run_roles(scope& children);
    awaitable<> run_role(running_role& which);
    awaitable<> beat();
    [[nodiscard]] std::vector<std::string> waiting() const;
    void failed(std::exception_ptr error);

    environment& process_;
    asio::io_context loop_{1};
    offload pool_;
    const chosen_roles& chosen_;
    const std::size_t number_;
    std::function<void()> troubled_;
    cancellation stop_;
    cancellation_token stop_token_ = stop_.token();
    std::unique_ptr<kafka::producer> producer_;
    std::list<running_role> roles_;
    shard_outcome outcome_;

    mutable std::mutex pulse_mutex_;
    shard_pulse pulse_;
};

}  // namespace sluice::detail
