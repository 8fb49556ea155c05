#pragma once

#include "sluice/base/wait_queue.hpp"
#include "sluice/process/environment.hpp"
#include "sluice/process/flow_listing.hpp"
#include "sluice/process/ports.hpp"
#include "sluice/process/shard.hpp"

#include <atomic>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace sluice {

/// Roles running on shards, a thread each, watched over from a loop of its own that no handler can block. Used from
/// that loop's thread.
class runtime {
public:
    enum class when_taken { fail, take_another };

    /// Claims the ports that the roles and the admin listener want, and writes those that it got into the settings.
    /// Throws `usage_error` for a bad setting, and for a port that is taken unless another may be taken.
    runtime(asio::any_io_executor loop, environment& process, chosen_roles roles, when_taken what = when_taken::fail);
    runtime(const runtime&) = delete;
    runtime& operator=(const runtime&) = delete;
    ~runtime();

    /// Creates the topics that the roles need and that are missing, and warns of those that differ. Tries until the
    /// cluster answers; returns early on `stop`. Throws `failure` where the cluster refuses.
    awaitable<> create_topics(cancellation_token stop);

    /// Runs the roles until all have ended, one has failed, or `stop`; then drains them within the setting `drain`,
    /// and says what was left. Returns the exit status of `sluice::main`, or throws what the role failed with.
    /// Cancellation of the caller is as `stop`. If the roles cannot even be cut short it
    /// ends the process.
    awaitable<int> run(cancellation_token stop);

    /// After `run`: whether the Kafka clients have gone before `limit`. A broker that hangs holds them, and so the
    /// destructor, for most of a minute.
    awaitable<bool> settled(time_point limit);

    /// What is to come before the process is ready: empty when it is. So is what drains, or hangs.
    [[nodiscard]] std::vector<std::string> not_ready() const;
    /// The shards that have given no sign of life for ten seconds.
    [[nodiscard]] std::vector<std::string> hung() const;
    /// What the flows of all shards do. Waits a second at most.
    awaitable<flow_listing> flows() { return list_flows(shards_); }
    /// Where roles serve, by name.
    [[nodiscard]] const std::map<std::string, std::string>& urls() const noexcept { return urls_; }
    [[nodiscard]] const std::string& admin_url() const noexcept { return admin_url_; }

private:
    void claim_ports(when_taken what);
    claimed_port claim(const std::string& key, const host_and_port& where, when_taken what);
    awaitable<int> run_in(scope& beside, cancellation_token stop);
    awaitable<> serve_admin(cancellation_token stop);
    void stop_shards();
    int report(const std::vector<detail::shard_outcome>& outcomes) const;

    asio::any_io_executor loop_;
    environment& process_;
    chosen_roles roles_;
    std::list<claimed_port> ports_;
    std::optional<host_and_port> admin_;
    std::map<std::string, std::string> urls_;
    std::string admin_url_;

    std::list<detail::shard> shards_;
    std::vector<std::jthread> threads_;
    std::size_t ended_ = 0;
    std::atomic<std::size_t> settled_ = 0;
    bool stopping_ = false;
    wait_queue changed_;
};

}  // namespace sluice
