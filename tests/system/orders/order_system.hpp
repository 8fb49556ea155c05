#pragma once

#include "sluice/http/client.hpp"
#include "sluice/testing/kafka_server.hpp"
#include "sluice/testing/temporary_folder.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// A role of the real binary, as a process of its own on free ports.
class role_process {
public:
    /// `serves`: it has an HTTP listener.
    role_process(const sluice::asio::any_io_executor& loop, sluice::testing::child_process::settings what, bool serves);

    /// Waits until the process says that it is ready, and has its assignment where it reads.
    sluice::awaitable<> ready();
    /// The sum of a metric's series, as its admin endpoint tells; 0 if there is none.
    sluice::awaitable<std::int64_t> metric(std::string name);
    /// Whether a shared object is part of the running process.
    [[nodiscard]] bool runs_on(const std::string& library) const;
    [[nodiscard]] unsigned short port() const noexcept { return port_; }

    sluice::testing::child_process process;

private:
    sluice::asio::any_io_executor loop_;
    bool serves_;
    unsigned short port_ = 0;
    std::optional<sluice::http::client> admin_;
};

/// What kcat has read.
struct seen_record {
    std::int64_t partition = 0, offset = 0;
    std::optional<std::string> key, value;
    std::vector<std::pair<std::string, std::optional<std::string>>> headers;

    /// The value of the first of this name; empty if there is none.
    [[nodiscard]] std::string header(std::string_view name) const;
};

/// The order system as it is operated: Apache Kafka with one broker, and roles as processes. What they have done is
/// looked up with programs of others: kcat, Kafka's tools.
class order_system {
public:
    struct settings {
        std::vector<std::string> flags = {};  ///< of every role
        bool newest_librdkafka = false;       ///< instead of the one that the binary was linked with
    };

    order_system(sluice::asio::any_io_executor loop, settings what);
    explicit order_system(sluice::asio::any_io_executor loop) : order_system{std::move(loop), settings{}} {}

    /// Starts a role and waits until it is ready.
    sluice::awaitable<std::unique_ptr<role_process>> run(std::string role, std::vector<std::string> flags = {});

    /// Runs a shell command to its end and returns what it printed; status 0 is required.
    sluice::awaitable<std::string> shell(std::string command);
    /// Kafka's own tool, as the beginning of a shell command; `tool`: with the bootstrap server given.
    [[nodiscard]] std::string offline_tool(const std::string& main_class) const;
    [[nodiscard]] std::string tool(const std::string& main_class) const;
    /// kcat with the broker given, as the beginning of a shell command.
    [[nodiscard]] std::string kcat() const { return "kcat -q -b " + kafka.bootstrap_servers() + " "; }
    /// A new file with this content, as a word of a shell command.
    std::string file(std::string_view content);
    /// What a topic that nobody writes to holds now, or what it holds once there are `at_least` records, by kcat (which
    /// may miss the end of a topic that grows, and wait for ever).
    sluice::awaitable<std::vector<seen_record>> read(std::string topic, std::size_t at_least = 0);

    /// The file that inventory keeps.
    [[nodiscard]] std::filesystem::path store() const { return folder / "data/inventory.db"; }

    /// Where each partition of a topic ends now, by kcat.
    sluice::awaitable<std::vector<std::int64_t>> ends(std::string topic, int partitions);

    sluice::testing::temporary_folder folder;
    sluice::testing::kafka_cluster kafka;

private:
    sluice::testing::child_process::settings command_of(const std::string& role, const std::vector<std::string>& flags);
    sluice::testing::child_process::settings shell_command(std::string command);

    sluice::asio::any_io_executor loop_;
    settings what_;
    int started_ = 0;
};
