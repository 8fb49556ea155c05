#pragma once

#include "fault/support/evidence.hpp"
#include "fault/support/tally.hpp"
#include "sluice/kafka/admin.hpp"
#include "sluice/testing/kafka_server.hpp"
#include "sluice/testing/postgres_server.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

/// The order system as it is operated: Apache Kafka, PostgreSQL, a mail server, and each role as a process of its own,
/// some of them two.
class shop {
public:
    struct settings {
        bool faultless = false;  ///< so nothing may come twice
    };
    shop(sluice::asio::any_io_executor loop, settings what);

    struct member {
        std::string role;
        int number;           ///< from 1, of its role
        unsigned short port;  ///< of its HTTP listener; kept when it is started again
        std::unique_ptr<sluice::testing::child_process> process = {};
    };

    /// Starts the servers, then all roles. Returns when those who serve do so.
    sluice::awaitable<> open();
    /// SIGTERM to all roles; none may have ended before.
    sluice::awaitable<> close();

    /// SIGKILL, and starts it again at once.
    sluice::awaitable<> kill(member& which);
    /// SIGTERM. One that has left something behind says so by its status, which only faults excuse.
    sluice::awaitable<> stop(member& which);
    void start(member& which);
    /// SIGKILL. It is gone when this returns.
    sluice::awaitable<> kill_database();

    [[nodiscard]] std::vector<member>& members() noexcept { return members_; }
    [[nodiscard]] std::vector<member*> of_role(const std::string& role);
    [[nodiscard]] std::vector<unsigned short> ports_of(const std::string& role) const;

    /// How many records each group has not finished yet. What nobody has read yet counts as well.
    sluice::awaitable<std::map<std::string, std::int64_t>> lags();
    /// Waits until no group is behind by more than `most`.
    sluice::awaitable<> until_current(std::int64_t most, sluice::duration limit);
    /// Waits until every group has finished everything.
    sluice::awaitable<> until_settled(sluice::duration limit);
    void count(const std::string& what) { done_.count(what); }
    /// Runs the independent checker, with the shoppers' orders.json in the folder; all roles still serve.
    sluice::awaitable<> judge();

    evidence folder;
    sluice::testing::kafka_cluster kafka;
    sluice::testing::postgres_server database;

    static constexpr auto session = std::chrono::seconds{3};

private:
    sluice::awaitable<> start_mail_server();
    [[nodiscard]] sluice::testing::child_process::settings command_of(const member& which) const;

    sluice::asio::any_io_executor loop_;
    settings what_;
    std::vector<member> members_;
    std::size_t mails_begun_ = 0;  ///< at most, when their process was killed
    std::unique_ptr<sluice::testing::child_process> mail_server_;
    std::string mail_server_url_;
    sluice::offload blocking_;
    tally done_;
};
