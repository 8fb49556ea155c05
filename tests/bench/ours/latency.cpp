// Records that another process sends at a steady pace: from there to the handler.
#include "run.hpp"
#include "stopwatch.hpp"
#include "works.hpp"

#include "sluice/flow/flow.hpp"
#include "sluice/kafka/consumer.hpp"
#include "sluice/kafka/producer.hpp"
#include "sluice/testing/child_process.hpp"

#include <spdlog/fmt/fmt.h>

#include <cstring>
#include <filesystem>

namespace sluice::bench {
namespace {

using namespace std::chrono_literals;

struct lateness {
    std::size_t records;
    std::size_t before = records / 5;  // is not counted
    double started = now();
    std::vector<double> late_ms = {};
    stopwatch watch = {};
    double seconds = 0, cpu_seconds = 0;
    cancellation stop = {};

    void take(const record& what)
    {
        double at = 0;
        std::memcpy(&at, what.value()->data(), sizeof at);
        if (at < started || late_ms.size() == records) return;  // an earlier round's
        late_ms.push_back((now() - at) * 1e3);
        if (late_ms.size() == before) watch.start();
        if (late_ms.size() < records) return;
        seconds = watch.seconds();
        cpu_seconds = watch.cpu_seconds();
        stop.cancel(cancel_reason::shutdown);
    }

    [[nodiscard]] std::string told() const
    {
        const auto counted = records - before;
        return fmt::format(R"({{"records":{},"seconds":{:.6f},"cpu_us":{:.4f}{}}})", counted, seconds,
                           cpu_seconds * 1e6 / static_cast<double>(counted),
                           percentiles({late_ms.begin() + static_cast<std::ptrdiff_t>(before), late_ms.end()}));
    }
};

testing::child_process::settings pace(const given& options, std::size_t records)
{
    const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "bench-raw";
    return {.command = {program.string(), "pace", "--bootstrap", options.text("bootstrap"), "--topic",
                        options.text("topic"), "--records", std::to_string(records), "--rate",
                        options.text("rate", "1000")},
            .output = "/dev/null"};
}

awaitable<std::string> read_paced(const given& options)
{
    const auto loop = co_await asio::this_coro::executor;
    const auto group = options.text("group");
    offload blocking;
    metrics numbers;
    std::string told;
    {
        kafka::producer to{loop, options.cluster(), {}, blocking, {}};
        kafka::consumer from{loop, options.cluster(), {.group = group, .topics = {options.text("topic")}}, blocking};
        lateness all{static_cast<std::size_t>(options.number("records", 10'000))};
        const flow_settings how{.group = group};
        flow records{from, to, how, {.log = {}, .numbers = numbers, .time = clock::of(loop), .stop = all.stop.token()}};
        const auto handler = [&all](const record& what, context&) -> awaitable<reply> {
            all.take(what);
            co_return reply{};
        };
        testing::child_process load{loop, pace(options, all.records)};
        co_await records.run(handler);
        if (co_await load.wait() != 0) throw std::runtime_error{"the pace failed"};
        told = all.told();
        co_await to.close(clock::of(loop).now() + 5s);
    }
    co_return told;
}

}  // namespace

std::string latency(const given& options)
{
    return run([&] { return read_paced(options); });
}

}  // namespace sluice::bench
