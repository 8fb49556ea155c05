// From the start of the process to the first record that a role handles.
#include "stopwatch.hpp"
#include "works.hpp"

#include "sluice/base/offload.hpp"
#include "sluice/kafka/admin.hpp"
#include "sluice/process/main.hpp"

#include "orders/events.hpp"
#include "run.hpp"

#include <spdlog/fmt/fmt.h>

#include <unistd.h>

#include <csignal>
#include <iostream>
#include <system_error>

namespace sluice::bench {
namespace {

// As a deployment does.
awaitable<std::string> make_topics(const given& options, const role_entry& role)
{
    offload blocking;
    kafka::admin admin{options.cluster(), blocking, {}};
    const auto needed = needed_topics({&role});
    std::vector<topic_declaration> all{needed.begin(), needed.end()};
    (co_await admin.ensure(std::move(all))).value();
    co_return "";
}

[[noreturn]] void become(std::vector<std::string> words)
{
    std::vector<char*> arguments;
    for (auto& each : words) arguments.push_back(each.data());
    arguments.push_back(nullptr);
    execv("/proc/self/exe", arguments.data());
    throw std::system_error{errno, std::system_category(), "exec"};
}

}  // namespace

// The process that is measured begins with an exec, which tells when that was.
std::string first_record(const given& options)
{
    const auto bootstrap = options.text("bootstrap"), topic_name = options.text("topic"), group = options.text("group");
    const auto began = options.text("began", "");
    const topic<orders::order_placed> placed{topic_name, &orders::order_placed::customer_id, {.partitions = 4}};
    double took = 0;
    const auto handle = [&](orders::order_placed, context&) -> awaitable<> {
        if (took == 0) {
            took = now() - std::stod(began);
            std::raise(SIGTERM);
        }
        co_return;
    };
    const auto body = [&](role& self) -> awaitable<> {
        auto all = self.flow(placed).dead_letter();
        co_await all.run(handle);
    };
    const role_entry roles[] = {{"reader", body, "Reads orders", reads{group, {placed}}}};
    if (began.empty()) {
        run([&] { return make_topics(options, roles[0]); });
        become({"bench-ours", "first-record", "--bootstrap", bootstrap, "--topic", topic_name, "--group", group,
                "--began", fmt::format("{:.9f}", now())});
    }
    std::vector<std::string> words{"bench-ours",     "run",         "--kafka.bootstrap.servers",
                                   bootstrap,        "--log.level", "warning",
                                   "--admin.listen", "127.0.0.1:0"};
    std::vector<char*> arguments;
    for (auto& each : words) arguments.push_back(each.data());
    const auto status =
        sluice::main(static_cast<int>(arguments.size()), arguments.data(), {.name = "bench-ours", .roles = roles});
    if (status != 0) throw std::runtime_error{fmt::format("the role ended with {}", status)};
    return fmt::format(R"({{"records":1,"first_ms":{:.3f}}})", took * 1e3);
}

}  // namespace sluice::bench
