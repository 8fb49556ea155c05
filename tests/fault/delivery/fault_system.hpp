#pragma once

#include "fault/support/evidence.hpp"
#include "fault/support/proxy.hpp"
#include "fault/support/tally.hpp"
#include "sluice/kafka/admin.hpp"
#include "sluice/testing/kafka_server.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

/// Apache Kafka, members of one group that are processes of their own, and the judge.
class fault_system {
public:
    struct settings {
        int brokers = 3;
        bool through_proxies = false;                         ///< all clients, the load's and the checker's, too
        sluice::kafka::properties properties = {};            ///< of the workers' clients, over ours
        std::vector<std::string> flags = {};                  ///< of every worker
        std::map<std::string, std::string> environment = {};  ///< of every worker
    };
    fault_system(sluice::asio::any_io_executor loop, settings what);

    /// The brokers run.
    sluice::awaitable<> make_topics();

    struct member {
        int number;
        std::unique_ptr<sluice::testing::child_process> process;
        bool suspended = false;
    };
    using members = std::vector<std::unique_ptr<member>>;
    [[nodiscard]] members& workers() noexcept { return workers_; }
    /// Another member, with the newest number. It joins while the test goes on.
    void add_worker();
    /// SIGTERM. A member that has left something behind says so by its status, which only faults excuse.
    sluice::awaitable<> stop(member& which, bool faultless);
    /// SIGKILL for all members at once, and as many new ones.
    sluice::awaitable<> kill_workers();
    /// Waits until the group has committed all that is in the input but for so many records.
    sluice::awaitable<> until_lag(std::int64_t most, sluice::duration limit);

    void count(const std::string& what) { done_.count(what); }
    /// Runs the independent checker, requires that it finds nothing, prints the counts; `flags`: of the checker.
    sluice::awaitable<> judge(std::string flags = {});

    [[nodiscard]] sluice::kafka::settings cluster() const;
    [[nodiscard]] settings& how() noexcept { return what_; }

    static constexpr auto input = "input", output = "output", group = "workers";
    static constexpr auto session = std::chrono::seconds{3};

    /// One a broker, or none. They forward while somebody runs them.
    const std::vector<std::unique_ptr<proxy>> proxies;
    sluice::awaitable<> run_proxies();

    evidence folder;
    sluice::testing::kafka_cluster kafka;

private:
    sluice::asio::any_io_executor loop_;
    settings what_;
    members workers_;
    int started_ = 0;
    tally done_;
    sluice::offload blocking_;
};
