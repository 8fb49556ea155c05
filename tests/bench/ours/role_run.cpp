#include "role_run.hpp"

#include "sluice/process/main.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <unistd.h>

#include <csignal>
#include <exception>
#include <stdexcept>
#include <thread>

namespace sluice::bench {
namespace {

// Handlers of records do not decode it.
struct anything {
    std::string key;
};
BOOST_DESCRIBE_STRUCT(anything, (), (key))

std::vector<std::string> command_line(const given& options)
{
    std::vector<std::string> words{
        "bench",          "run", "bench",       "--shards", std::to_string(options.number("shards", 1)),
        "--admin.listen", "off", "--log.level", "error"};
    for (const auto& [name, value] : options.cluster().properties) {
        words.push_back("--kafka." + name);
        words.push_back(value);
    }
    return words;
}

}  // namespace

void run_role(const given& options, const flow_settings& how, const std::function<any_handler(role&)>& handler_of,
              const std::function<awaitable<>()>& beside)
{
    const topic<anything> from{options.text("topic"), &anything::key};
    const auto group = "bench-" + std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
    const auto body = [&](role& self) -> awaitable<> {
        std::vector<topic_handler> handlers;
        handlers.push_back({&from, handler_of(self)});
        auto settings = how;
        settings.group = group;
        return self.run(std::move(handlers), std::move(settings));
    };
    const role_entry roles[] = {{"bench", body, "Reads one topic", reads{group, {from}}}};
    const auto words = command_line(options);
    std::vector<const char*> arguments;
    for (const auto& each : words) arguments.push_back(each.c_str());
    std::exception_ptr failed;
    std::jthread observer;
    if (beside)
        observer = std::jthread{[&] {
            asio::io_context loop;
            asio::co_spawn(loop, beside(), [&failed](std::exception_ptr error) { failed = error; });
            loop.run();
            stop_role();
        }};
    const auto status =
        sluice::main(static_cast<int>(arguments.size()), arguments.data(), {.name = "bench", .roles = roles});
    if (observer.joinable()) observer.join();
    if (failed) std::rethrow_exception(failed);
    if (status != 0) throw std::runtime_error{"the role ended with status " + std::to_string(status)};
}

void stop_role()
{
    kill(getpid(), SIGTERM);
}

}  // namespace sluice::bench
