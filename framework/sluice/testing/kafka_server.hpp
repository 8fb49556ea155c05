#pragma once

#include "sluice/testing/child_process.hpp"

#include <csignal>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sluice::testing {

struct kafka_settings {
    int brokers = 1;                                     ///< 1, or 3 with replicated topics
    std::filesystem::path folder = {};                   ///< data, configuration and logs; emptied by `start`
    std::filesystem::path jars = {};                     ///< of Apache Kafka; default: environment TEST_KAFKA_JARS
    std::map<std::string, std::string> properties = {};  ///< of every broker, over ours
    /// Ports that clients are told instead of the brokers' own, one a broker: something of the caller's forwards them
    /// to `hidden_port`. Empty: clients connect to the brokers.
    std::vector<unsigned short> advertised = {};
    bool for_speed = false;  ///< let Java optimise: a slower start, a faster broker
};

/// Apache Kafka on loopback, on free ports, every broker a child process that also is a controller. Brokers are
/// numbered from 1. Used on its executor's thread; destroying it kills the brokers.
class kafka_cluster {
public:
    /// Throws std::invalid_argument if there are no jars.
    kafka_cluster(asio::any_io_executor executor, kafka_settings what);
    ~kafka_cluster();

    /// Makes an empty cluster and waits until every broker takes requests. Throws std::runtime_error with the
    /// broker's last words if it cannot start. Cancellation ends the wait; brokers that run are then still to be
    /// stopped, or destroyed.
    awaitable<> start();
    /// SIGTERM to all; SIGKILL to what is left after some seconds (the last two of three have no quorum to say
    /// goodbye to). Waits until all have ended. The folder stays.
    awaitable<> stop();

    /// Ends all as quickly as it goes: their data are of no more use. For the end of a test.
    awaitable<> discard();

    /// SIGTERM to one, which hands its partitions over first. Waits for its end.
    awaitable<> stop(int broker, duration grace = std::chrono::seconds{30});
    /// SIGKILL. The broker is gone when this returns.
    awaitable<> kill(int broker);
    /// Starts a stopped or killed broker on its old port and data, and waits until it takes requests.
    awaitable<> restart(int broker);
    /// SIGSTOP and SIGCONT: the broker hangs, its connections stay open.
    void suspend(int broker) { at(broker).process->signal(SIGSTOP); }
    void resume(int broker) { at(broker).process->signal(SIGCONT); }

    /// Where a broker listens for clients that are told its advertised port.
    [[nodiscard]] unsigned short hidden_port(int broker) const
    {
        return nodes_.at(static_cast<std::size_t>(broker - 1)).hidden_port;
    }
    /// The advertised ports, where there are any.
    [[nodiscard]] const std::string& bootstrap_servers() const noexcept { return bootstrap_servers_; }
    [[nodiscard]] std::filesystem::path log(int broker) const;
    /// The command line of one of Kafka's tools by its main class, e.g. "org.apache.kafka.tools.TopicCommand".
    [[nodiscard]] std::vector<std::string> tool(const std::string& main_class) const;

private:
    struct node {
        unsigned short port, controller_port, hidden_port;
        std::unique_ptr<child_process> process;
    };

    node& at(int broker) { return nodes_.at(static_cast<std::size_t>(broker - 1)); }
    void write_properties(int broker) const;
    [[nodiscard]] std::filesystem::path properties(int broker) const;
    [[nodiscard]] std::filesystem::path data(int broker) const;
    [[nodiscard]] std::filesystem::path archive() const;
    [[nodiscard]] std::filesystem::path new_archive() const;
    [[nodiscard]] std::filesystem::path checkpoint() const;
    [[nodiscard]] std::vector<std::string> java(std::vector<std::string> arguments) const;
    awaitable<> format(int broker);

    asio::any_io_executor executor_;
    kafka_settings what_;
    std::string class_path_;
    std::vector<node> nodes_;
    std::string bootstrap_servers_;
};

}  // namespace sluice::testing
