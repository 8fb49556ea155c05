// sluice-servers up|down|status: real servers in the background, for trying things by hand.
#include "sluice/testing/kafka_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/program_options.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iostream>

namespace {

namespace fs = std::filesystem;
namespace options = boost::program_options;
using sluice::testing::kafka_cluster;
using sluice::testing::kafka_settings;

/// Says who runs the servers: locked as long as they run, it holds the process's id and the bootstrap servers.
class pid_file {
public:
    explicit pid_file(fs::path path)
        : path_{std::move(path)},
          handle_{open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)}
    {
        if (handle_ < 0) throw std::system_error{errno, std::system_category(), path_.string()};
    }
    pid_file(const pid_file&) = delete;
    pid_file& operator=(const pid_file&) = delete;
    ~pid_file() { close(handle_); }

    /// Whether nobody held it: then it is ours, and our child's.
    [[nodiscard]] bool take() const { return flock(handle_, LOCK_EX | LOCK_NB) == 0; }
    void wait() const { flock(handle_, LOCK_EX); }
    void write(const std::string& bootstrap_servers) const
    {
        std::ofstream{path_} << getpid() << ' ' << bootstrap_servers << '\n';
    }
    struct content {
        pid_t pid = 0;
        std::string bootstrap_servers;
    };
    [[nodiscard]] content read() const
    {
        content found;
        std::ifstream{path_} >> found.pid >> found.bootstrap_servers;
        return found;
    }

private:
    fs::path path_;
    int handle_;
};

void describe(const pid_file::content& running)
{
    std::cout << "Apache Kafka runs, process " << running.pid << ": " << running.bootstrap_servers << "\n"
              << "use it:  ./dev run checkout inventory --kafka.bootstrap.servers " << running.bootstrap_servers
              << "\n";
}

int status(const pid_file& running)
{
    if (!running.take()) {
        describe(running.read());
        return 0;
    }
    std::cout << "no servers run\n";
    return 3;
}

int down(const pid_file& running)
{
    if (!running.take()) {
        kill(running.read().pid, SIGTERM);
        running.wait();
    }
    std::cout << "no servers run\n";
    return 0;
}

/// The background process: tells `report` what failed, or "ready", and runs the brokers until SIGTERM.
void serve(const kafka_settings& what, const pid_file& running, int report)
{
    boost::asio::io_context loop;
    boost::asio::signal_set asked_to_stop{loop, SIGTERM, SIGINT};
    const auto tell = [report](const std::string& text) {
        [[maybe_unused]] const auto written = write(report, text.data(), text.size());
        close(report);
    };
    const auto body = [&]() -> sluice::awaitable<> {
        kafka_cluster kafka{loop.get_executor(), what};
        co_await kafka.start();
        running.write(kafka.bootstrap_servers());
        tell("ready");
        co_await asked_to_stop.async_wait(boost::asio::use_awaitable);
        co_await kafka.stop();
    };
    const auto ended = [&](const std::exception_ptr& failed) {
        try {
            if (failed) std::rethrow_exception(failed);
        } catch (const std::exception& error) {
            tell(error.what());
        }
    };
    boost::asio::co_spawn(loop, body(), ended);
    loop.run();
}

int up(const kafka_settings& what, bool as_many, const pid_file& running)
{
    if (!running.take()) {
        const auto there = running.read();
        describe(there);
        const auto brokers = 1 + std::ranges::count(there.bootstrap_servers, ',');
        if (!as_many || brokers == what.brokers) return 0;
        std::cerr << "that is " << brokers << (brokers == 1 ? " broker" : " brokers") << ", not " << what.brokers
                  << ": ./dev servers down first\n";
        return 1;
    }
    running.write("starting");
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) throw std::system_error{errno, std::system_category(), "pipe"};
    const auto child = fork();
    if (child < 0) throw std::system_error{errno, std::system_category(), "fork"};
    if (child == 0) {
        setsid();
        const int nowhere = open("/dev/null", O_RDWR);
        for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, stream);
        serve(what, running, report[1]);
        return 0;
    }
    close(report[1]);
    std::string said;
    char buffer[512];
    for (ssize_t got = 0; (got = read(report[0], buffer, sizeof buffer)) > 0;)
        said.append(buffer, static_cast<std::size_t>(got));
    if (said != "ready") {
        std::cerr << "Apache Kafka did not start: " << said << "\n";
        return 1;
    }
    describe(running.read());
    return 0;
}

}  // namespace

int main(int argc, char** argv)
try {
    std::string command;
    fs::path folder;
    kafka_settings kafka;
    options::options_description known;
    known.add_options()("command", options::value(&command))("folder", options::value(&folder)->required())(
        "jars", options::value(&kafka.jars))("brokers", options::value(&kafka.brokers))(
        "for-speed", options::bool_switch(&kafka.for_speed));
    options::positional_options_description positions;
    positions.add("command", 1);
    options::variables_map given;
    options::store(options::command_line_parser{argc, argv}.options(known).positional(positions).run(), given);
    options::notify(given);

    fs::create_directories(folder);
    kafka.folder = fs::absolute(folder) / "kafka";
    if (!kafka.jars.empty()) kafka.jars = fs::absolute(kafka.jars);
    const pid_file running{folder / "kafka.pid"};
    if (command == "up") return up(kafka, given.contains("brokers"), running);
    if (command == "down") return down(running);
    if (command == "status") return status(running);
    throw std::invalid_argument{"up, down or status?"};
} catch (const std::exception& error) {
    std::cerr << "sluice-servers: " << error.what() << "\n";
    return 2;
}
