// Producing: batches that are awaited, or coroutines each of which awaits its record before it sends the next.
#include "load/payload.h"
#include "run.hpp"
#include "stopwatch.hpp"
#include "works.hpp"

#include "sluice/base/scope.hpp"
#include "sluice/kafka/producer.hpp"

#include <spdlog/fmt/fmt.h>

namespace sluice::bench {
namespace {

using namespace std::chrono_literals;

struct sending {
    kafka::producer& to;
    const std::string topic, value;
    const std::size_t records;
    std::size_t begun = 0;
    std::vector<double> latency_ms = {};

    [[nodiscard]] outgoing next()
    {
        outgoing made{.topic = topic, .key = "k-" + std::to_string(begun++ % BENCH_KEYS), .value = value};
        made.headers.emplace_back(BENCH_HEADER, BENCH_HEADER_VALUE);
        return made;
    }
};

void check(const result<position>& sent)
{
    if (!sent) throw failure{sent.error()};
}

awaitable<> batches(sending& all, std::size_t size)
{
    while (all.begun < all.records) {
        std::vector<outgoing> some;
        some.reserve(size);
        while (some.size() < size && all.begun < all.records) some.push_back(all.next());
        const auto answers = co_await all.to.send_all(std::move(some));
        for (const auto& each : answers) check(each);
    }
}

awaitable<> one_by_one(sending& all)
{
    while (all.begun < all.records) {
        const double began = now();
        auto record = all.next();
        check(co_await all.to.send(std::move(record)));
        all.latency_ms.push_back((now() - began) * 1e3);
    }
}

awaitable<std::string> measure(const given& options, std::function<awaitable<>(sending&)> body)
{
    const auto loop = co_await asio::this_coro::executor;
    offload blocking;
    std::string told;
    {
        kafka::producer to{loop, options.cluster(), {}, blocking, {}};
        sending all{to, options.text("topic"), std::string(static_cast<std::size_t>(options.number("size", 100)), 'v'),
                    static_cast<std::size_t>(options.number("records"))};
        check(co_await to.send(all.next()));  // connected, and the topic known
        all.begun = 0;
        all.latency_ms.reserve(all.records);
        stopwatch watch;
        watch.start();
        const auto senders = [&](scope& running) -> awaitable<> {
            for (auto i = options.number("senders", 1); i > 0; --i) running.spawn(body(all));
            co_return;
        };
        co_await with_scope({}, senders);
        const double seconds = watch.seconds(), used = watch.cpu_seconds();
        told = fmt::format(R"({{"records":{},"seconds":{:.6f},"cpu_us":{:.4f}{}}})", all.records, seconds,
                           used * 1e6 / static_cast<double>(all.records),
                           all.latency_ms.empty() ? "" : percentiles(std::move(all.latency_ms)));
        co_await to.close(clock::of(loop).now() + 5s);
    }
    co_return told;
}

}  // namespace

std::string send_batches(const given& options)
{
    const auto size = static_cast<std::size_t>(options.number("batch", 1000));
    return run([&] { return measure(options, [size](sending& all) { return batches(all, size); }); });
}

std::string send_waiting(const given& options)
{
    return run([&] { return measure(options, one_by_one); });
}

}  // namespace sluice::bench
