#include "sluice/testing/kafka_server.hpp"

#include "sluice/base/scope.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>
#include <stdexcept>

namespace sluice::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto cluster_id = "c2x1aWNlLXRlc3RzLTAwMQ";

std::string host(unsigned short port)
{
    return "127.0.0.1:" + std::to_string(port);
}

std::string class_path(const fs::path& folder)
{
    std::vector<std::string> jars;
    if (fs::is_directory(folder))
        for (const auto& file : fs::directory_iterator{folder})
            if (file.path().extension() == ".jar") jars.push_back(file.path().string());
    if (jars.empty())
        throw std::invalid_argument{"no jars of Apache Kafka in '" + folder.string() +
                                    "': `./dev servers fetch` brings them, TEST_KAFKA_JARS names the folder"};
    std::ranges::sort(jars);  // the class-data archive is for one order
    std::string joined;
    for (const auto& jar : jars) joined += (joined.empty() ? "" : ":") + jar;
    return joined;
}

/// As Kafka writes an id: 128 bits in base64.
std::string random_id()
{
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    std::random_device random;
    std::string id;
    while (id.size() < 21) id += letters[random() % letters.size()];
    return id + 'A';  // the last one has two bits left
}

/// Small, quick to start, and strict where three brokers allow it.
std::map<std::string, std::string> common_properties(int brokers)
{
    const std::string replicas = std::to_string(brokers), in_sync = brokers > 1 ? "2" : "1";
    return {{"process.roles", "broker,controller"},
            {"controller.listener.names", "CONTROLLER"},
            {"listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"},
            {"inter.broker.listener.name", "PLAINTEXT"},
            {"auto.create.topics.enable", "false"},
            {"group.initial.rebalance.delay.ms", "0"},
            {"group.min.session.timeout.ms", "1000"},
            {"offsets.topic.num.partitions", "4"},
            {"transaction.state.log.num.partitions", "4"},
            {"share.coordinator.state.topic.num.partitions", "4"},
            {"default.replication.factor", replicas},
            {"offsets.topic.replication.factor", replicas},
            {"transaction.state.log.replication.factor", replicas},
            {"share.coordinator.state.topic.replication.factor", replicas},
            {"min.insync.replicas", in_sync},
            {"transaction.state.log.min.isr", in_sync},
            {"share.coordinator.state.topic.min.isr", in_sync},
            {"unclean.leader.election.enable", "false"},
            {"broker.session.timeout.ms", "6000"},
            {"broker.heartbeat.interval.ms", "1000"},
            {"replica.lag.time.max.ms", "5000"},
            {"log.cleaner.dedupe.buffer.size", "8388608"},
            {"log.cleaner.io.buffer.size", "65536"}};
}

}  // namespace

kafka_cluster::kafka_cluster(asio::any_io_executor executor, kafka_settings what)
    : executor_{std::move(executor)},
      what_{std::move(what)}
{
    if (what_.brokers != 1 && what_.brokers != 3) throw std::invalid_argument{"a cluster has 1 or 3 brokers"};
    if (const char* jars = std::getenv("TEST_KAFKA_JARS"); what_.jars.empty() && jars != nullptr) what_.jars = jars;
    class_path_ = class_path(what_.jars);
}

kafka_cluster::~kafka_cluster() = default;

fs::path kafka_cluster::log(int broker) const
{
    return what_.folder / ("broker-" + std::to_string(broker) + ".log");
}

fs::path kafka_cluster::properties(int broker) const
{
    return what_.folder / ("broker-" + std::to_string(broker) + ".properties");
}

/// The classes of a broker, read from the jars once: a start takes half the time. The first broker that ends in order
/// leaves it; where it does not fit (another Java), Java goes without.
fs::path kafka_cluster::archive() const
{
    return what_.jars / "classes.jsa";
}

fs::path kafka_cluster::new_archive() const
{
    return what_.jars / ("classes.jsa." + std::to_string(getpid()));
}

std::vector<std::string> kafka_cluster::java(std::vector<std::string> arguments) const
{
    std::vector<std::string> command{
        "java",
        "-Xms64m",
        "-Xmx512m",
        "-XX:+UseSerialGC",
        "-Dlog4j2.loggerContextFactory=org.apache.logging.log4j.simple.SimpleLoggerContextFactory",
        "-cp",
        class_path_};
    std::ranges::move(arguments, std::back_inserter(command));
    return command;
}

std::vector<std::string> kafka_cluster::tool(const std::string& main_class) const
{
    return java({"-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", main_class});
}

void kafka_cluster::write_properties(int broker) const
{
    auto all = common_properties(what_.brokers);
    const auto& self = nodes_.at(static_cast<std::size_t>(broker - 1));
    std::string voters;
    for (std::size_t i = 0; i < nodes_.size(); ++i)
        voters += (i == 0 ? "" : ",") + std::to_string(i + 1) + "@" + host(nodes_[i].controller_port);
    all["node.id"] = std::to_string(broker);
    all["controller.quorum.voters"] = voters;
    all["listeners"] = "PLAINTEXT://" + host(self.port) + ",CONTROLLER://" + host(self.controller_port);
    if (!what_.advertised.empty()) {
        // Brokers talk to each other past it.
        all["listener.security.protocol.map"] += ",CLIENTS:PLAINTEXT";
        all["listeners"] += ",CLIENTS://" + host(self.hidden_port);
        all["advertised.listeners"] = "PLAINTEXT://" + host(self.port) + ",CLIENTS://" +
                                      host(what_.advertised.at(static_cast<std::size_t>(broker - 1)));
    }
    all["log.dirs"] = data(broker).string();
    for (const auto& [name, value] : what_.properties) all[name] = value;
    std::ofstream file{properties(broker)};
    for (const auto& [name, value] : all) file << name << "=" << value << "\n";
}

/// What Java writes into an empty data folder, but for the broker's name: a start then needs one Java less.
fs::path kafka_cluster::checkpoint() const
{
    return what_.jars / "bootstrap.checkpoint";
}

fs::path kafka_cluster::data(int broker) const
{
    return what_.folder / ("broker-" + std::to_string(broker));
}

awaitable<> kafka_cluster::format(int broker)
{
    const auto written = data(broker) / "bootstrap.checkpoint";
    if (fs::exists(checkpoint())) {
        fs::create_directories(data(broker));
        fs::copy_file(checkpoint(), written);
        std::ofstream{data(broker) / "meta.properties"} << "version=1\ncluster.id=" << cluster_id
                                                        << "\nnode.id=" << broker << "\ndirectory.id=" << random_id()
                                                        << "\n";
        co_return;
    }
    auto command = tool("kafka.tools.StorageTool");
    std::ranges::copy(std::array<std::string, 5>{"format", "-t", cluster_id, "-c", properties(broker).string()},
                      std::back_inserter(command));
    child_process formatting{executor_, {std::move(command), log(broker)}};
    if (co_await formatting.wait() != 0)
        throw std::runtime_error{"the folder of broker " + std::to_string(broker) + " was not formatted, see " +
                                 log(broker).string()};
    const fs::path copy = checkpoint().string() + "." + std::to_string(getpid()) + "." + std::to_string(broker);
    fs::copy_file(written, copy);
    fs::rename(copy, checkpoint());
}

awaitable<> kafka_cluster::start()
{
    nodes_.clear();
    fs::remove_all(what_.folder);
    fs::create_directories(what_.folder);
    bootstrap_servers_.clear();
    for (int broker = 1; broker <= what_.brokers; ++broker) {
        nodes_.push_back({free_port(), free_port(), free_port(), nullptr});
        const auto told =
            what_.advertised.empty() ? nodes_.back().port : what_.advertised.at(static_cast<std::size_t>(broker - 1));
        bootstrap_servers_ += (broker > 1 ? "," : "") + host(told);
    }
    auto each = [this](scope& brokers) -> awaitable<> {
        auto first_start = [](kafka_cluster& self, int broker) -> awaitable<> {
            self.write_properties(broker);
            co_await self.format(broker);
            co_await self.restart(broker);
        };
        for (int broker = 1; broker <= what_.brokers; ++broker) brokers.spawn(first_start(*this, broker));
        co_return;
    };
    co_await with_scope({}, each);
}

awaitable<> kafka_cluster::restart(int broker)
{
    std::vector<std::string> options;
    if (!what_.for_speed) options.emplace_back("-XX:TieredStopAtLevel=1");
    if (fs::exists(archive()))
        options.push_back("-XX:SharedArchiveFile=" + archive().string());
    else if (broker == 1)
        options.push_back("-XX:ArchiveClassesAtExit=" + new_archive().string());
    options.insert(options.end(), {"kafka.Kafka", properties(broker).string()});
    auto& process = at(broker).process;
    process = std::make_unique<child_process>(executor_, child_process::settings{java(options), log(broker)});
    co_await process->says("Kafka Server started");
}

awaitable<> kafka_cluster::stop(int broker, duration grace)
{
    auto& process = at(broker).process;
    if (!process) co_return;
    const int status = co_await process->stop(grace);
    process.reset();
    if (status != 128 + SIGKILL && fs::exists(new_archive())) fs::rename(new_archive(), archive());
}

awaitable<> kafka_cluster::stop()
{
    auto each = [this](scope& brokers) -> awaitable<> {
        for (int broker = 1; broker <= what_.brokers; ++broker)
            brokers.spawn(stop(broker, what_.brokers == 1 ? 10s : 3s));
        co_return;
    };
    co_await with_scope({}, each);
}

awaitable<> kafka_cluster::discard()
{
    if (!fs::exists(archive())) {  // which only an end in order leaves
        co_await stop();
        co_return;
    }
    for (int broker = 1; broker <= what_.brokers; ++broker) co_await kill(broker);
}

awaitable<> kafka_cluster::kill(int broker)
{
    auto& process = at(broker).process;
    if (!process) co_return;
    process->signal(SIGKILL);
    co_await process->wait();
    process.reset();
}

}  // namespace sluice::testing
