// How much memory a process needs that is far behind: its peak, once that has stopped growing.
#include "role_run.hpp"
#include "works.hpp"

#include <spdlog/fmt/fmt.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <stdexcept>

namespace sluice::bench {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// The most that was ever resident, as the kernel counts it, in MiB.
double peak()
{
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
    throw std::runtime_error{"/proc/self/status does not tell VmHWM"};
}

struct observation {
    double peak = 0;
    double seconds = 0, grown = 0;  // after the first record: in all, and until it was as high as that
    std::uint64_t records = 0;
    bool level = false;
};

// Until the peak has not grown by more than 1 MiB for `still`; or not, when `longest` is over.
awaitable<> observe(const std::atomic<std::uint64_t>& handled, std::chrono::seconds still, std::chrono::seconds longest,
                    observation& seen)
{
    const auto begin = steady_clock::now();
    while (handled == 0 && steady_clock::now() - begin < longest) co_await sleep_for(10ms);
    const auto start = steady_clock::now();
    double level = 0;
    do {
        co_await sleep_for(100ms);
        seen.seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
        seen.peak = peak();
        if (seen.peak > level + 1) {
            level = seen.peak;
            seen.grown = seen.seconds;
        }
        seen.level = seen.seconds - seen.grown > static_cast<double>(still.count());
    } while (!seen.level && steady_clock::now() - begin < longest);
    seen.records = handled;
}

ordering order_of(const std::string& name, std::size_t running)
{
    if (name == "partition") return by_partition{running};
    if (name == "key") return by_key{running};
    throw usage_error{"--order is partition or key, not " + name};
}

}  // namespace

std::string memory(const given& options)
{
    const std::chrono::milliseconds pause{options.number("handler-ms")};
    const std::chrono::seconds still{options.number("still-s")};
    const auto running = static_cast<std::size_t>(options.number("running"));
    const flow_settings how{.order = order_of(options.text("order"), running)};
    std::atomic<std::uint64_t> handled = 0;
    const auto handler_of = [&](role&) -> any_handler {
        return record_handler{[&handled, pause](const record&, context&) -> awaitable<reply> {
            co_await sleep_for(pause);
            ++handled;
            co_return reply{};
        }};
    };
    observation seen;
    run_role(options, how, handler_of, [&] { return observe(handled, still, 90s, seen); });
    if (!seen.level) throw std::runtime_error{"its memory had not stopped growing"};
    return fmt::format(R"({{"records":{},"seconds":{:.3f},"peak_mb":{:.1f},"grown_s":{:.1f}}})", seen.records,
                       seen.seconds, seen.peak, seen.grown);
}

}  // namespace sluice::bench
