#include "sluice/process/demo.hpp"

#include "sluice/base/scope.hpp"
#include "sluice/kafka/embedded_broker.hpp"
#include "sluice/process/commands/command.hpp"
#include "sluice/process/loop.hpp"
#include "sluice/process/runtime.hpp"
#include "sluice/record/record_id.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <unistd.h>

#include <iostream>

namespace sluice {
namespace {

struct temporary_folder {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("sluice-demo-" + record_id::random().text());
    temporary_folder() { std::filesystem::create_directories(path); }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
};

void use(kafka::embedded_broker& broker, environment& process, const chosen_roles& roles)
{
    process.kafka = broker.client_settings();
    process.settings.put("kafka.bootstrap.servers", broker.bootstrap_servers(), "the embedded broker");
    process.use_kafka_settings();
    for (const auto& topic : needed_topics(roles)) broker.create_topic(topic.name(), topic.partitions());
}

awaitable<> wait_until_ready(const runtime& roles, const logger& log, cancellation_token stop)
{
    auto& time = clock::of(co_await asio::this_coro::executor);
    auto tell = time.now() + std::chrono::seconds{5};
    for (auto waiting = roles.not_ready(); !waiting.empty() && !stop.cancelled(); waiting = roles.not_ready()) {
        if (time.now() > tell) {
            log.warning("not ready yet: {}", fmt::join(waiting, "; "));
            tell += std::chrono::seconds{5};
        }
        co_await sleep_for(std::chrono::milliseconds{20});
    }
}

awaitable<> keep(runtime& roles, cancellation_token stop, cancellation& load, int& status)
{
    try {
        status = co_await roles.run(std::move(stop));
    } catch (...) {
        load.cancel(cancel_reason::sibling_failed);
        throw;
    }
}

awaitable<> show(const invocation& call, const runtime& roles, cancellation_token stop, int& status)
{
    auto& process = call.process;
    co_await wait_until_ready(roles, process.log, stop);
    if (stop.cancelled()) co_return;
    const auto print = [](const std::string& line) { std::cout << line << std::endl; };
    const auto executor = co_await asio::this_coro::executor;
    demo self{.executor = executor,
              .stop = stop,
              .settings = process.settings,
              .log = process.log,
              .numbers = process.numbers,
              .length = process.settings.get<duration>("for"),
              .rate = process.settings.integer("rate", 1),
              .urls = roles.urls(),
              .admin_url = roles.admin_url(),
              .kafka = process.kafka,
              .data_dir = process.settings.get<std::string>("data.dir"),
              .print = print};
    if (call.what.demo) {
        co_await call.what.demo(self);
    } else {
        wait_queue asked;
        const on_cancel wake{stop, [&](cancel_reason) { asked.wake_all(); }};
        co_await asked.wait_until(clock::of(self.executor).now() + self.length);
    }
    status = self.exit_status;
}

awaitable<int> run_demo(invocation& call, cancellation_token stop)
{
    auto& process = call.process;
    const auto chosen = choose(call.what.roles, {});
    const temporary_folder folder;
    if (!process.settings.given("data.dir")) process.settings.put("data.dir", folder.path.string(), "the demo");
    // On a terminal the demo draws, and lines of the log would be drawn over.
    if (!process.settings.given("log.level"))
        process.settings.put("log.level", isatty(STDOUT_FILENO) ? "off" : "warning", "the demo");
    process.use_log_settings();

    std::optional<kafka::embedded_broker> broker;
    if (!process.settings.given("kafka.bootstrap.servers")) use(broker.emplace(), process, chosen);
    runtime roles{co_await asio::this_coro::executor, process, chosen, runtime::when_taken::take_another};
    if (!broker && process.settings.get<bool>("topics.create")) co_await roles.create_topics(stop);

    int status = 0, verdict = 0;
    cancellation load, end;
    const auto body = [&](scope& beside) -> awaitable<> {
        beside.spawn(keep(roles, end.token(), load, status));
        co_await run_under(load.token(), show(call, roles, stop, verdict));
        end.cancel(cancel_reason::shutdown);
    };
    co_await with_scope({}, body);
    co_return status != 0 ? status : verdict;
}

int run(invocation& call)
{
    return run_on_loop(call.process.log, [&](cancellation_token stop) { return run_demo(call, std::move(stop)); });
}

}  // namespace

const command& demo_command()
{
    static const command it{
        .name = "demo",
        .operands = "",
        .summary = "run all roles under load, with a broker inside the process, and judge what comes out",
        .help =
            "Files go to a folder that is removed at the end; a port that is taken is replaced by a free one.\n"
            "With --kafka.bootstrap.servers it uses that cluster instead. Ctrl-C ends it early, with its verdict.",
        .options = {{"for", "30s", "how long there is load"}, {"rate", "50", "how much of it a second"}},
        .run = run};
    return it;
}

}  // namespace sluice
