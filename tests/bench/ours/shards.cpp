// How many records get through handlers that need the CPU, with one shard and with several.
#include "role_run.hpp"
#include "works.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <deque>
#include <limits>
#include <mutex>
#include <stdexcept>

namespace sluice::bench {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

std::chrono::nanoseconds cpu_of_this_thread()
{
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
}

void spend(std::chrono::nanoseconds span)
{
    const auto end = cpu_of_this_thread() + span;
    while (cpu_of_this_thread() < end)
        for (int i = 0; i < 1000; ++i) asm volatile("");
}

/// What each shard has handled.
class tallies {
public:
    std::atomic<std::uint64_t>& add()
    {
        const std::scoped_lock lock{mutex_};
        return all_.emplace_back(0);
    }

    struct reading {
        std::size_t shards = 0;
        std::uint64_t sum = 0, least = std::numeric_limits<std::uint64_t>::max();
        steady_clock::time_point when = steady_clock::now();
    };
    reading read()
    {
        const std::scoped_lock lock{mutex_};
        reading now{.shards = all_.size()};
        for (const auto& one : all_) {
            now.sum += one;
            now.least = std::min(now.least, one.load());
        }
        return now;
    }

private:
    std::mutex mutex_;
    std::deque<std::atomic<std::uint64_t>> all_;
};

constexpr std::uint64_t in_stride = 10'000;  // records of each shard, after which counting begins

}  // namespace

std::string shards(const given& options)
{
    const std::chrono::microseconds span{options.number("handler-us")};
    const std::chrono::seconds counted{options.number("counted-s")};
    const auto shards = static_cast<std::size_t>(options.number("shards"));
    tallies handled;
    const auto handler_of = [&](role&) -> any_handler {
        auto& mine = handled.add();
        return record_handler{[&mine, span](const record&, context&) -> awaitable<reply> {
            spend(span);
            ++mine;
            co_return reply{};
        }};
    };
    tallies::reading from, to;
    const auto count = [&]() -> awaitable<> {
        const auto limit = steady_clock::now() + 60s;
        do {
            co_await sleep_for(10ms);
            from = handled.read();
        } while ((from.shards < shards || from.least < in_stride) && steady_clock::now() < limit);
        co_await sleep_for(counted);
        to = handled.read();
    };
    run_role(options, {}, handler_of, count);
    if (from.shards < shards || from.least < in_stride || to.least == from.least)
        throw std::runtime_error{"a shard had nothing to do"};
    return fmt::format(R"({{"records":{},"seconds":{:.3f}}})", to.sum - from.sum,
                       std::chrono::duration<double>(to.when - from.when).count());
}

}  // namespace sluice::bench
