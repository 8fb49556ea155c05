// Handlers that only look at the length of a record, or only wait.
#include "reading.hpp"
#include "works.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sluice::bench {
namespace {

ordering order_of(const given& options)
{
    const auto running = static_cast<std::size_t>(options.number("running", 256));
    const auto order = options.text("order", "partition");
    if (order == "partition") return by_partition{};
    if (order == "key") return by_key{running};
    if (order == "none") return unordered{running};
    throw usage_error{"--order is partition, key or none"};
}

}  // namespace

std::string consume_batch(const given& options)
{
    reading all{options};
    const auto handle = [&all](std::span<const record> some, batch_context&) -> awaitable<reply> {
        all.begin(some.size());
        for (const auto& one : some) all.add(one.value()->size());
        all.end(some.size());
        co_return reply{};
    };
    return all.run({}, batch_handler{handle});
}

std::string consume_each(const given& options)
{
    reading all{options};
    const auto handle = [&all](const record& one, context&) -> awaitable<reply> {
        all.begin(1);
        all.add(one.value()->size());
        all.end(1);
        co_return reply{};
    };
    const auto handle_later = [&all](const record& one, context&) -> awaitable<reply> {
        all.begin(1);
        co_await asio::post(asio::use_awaitable);
        all.add(one.value()->size());
        all.end(1);
        co_return reply{};
    };
    const bool waits = options.number("wait", 0) != 0;
    return all.run({.order = order_of(options)}, waits ? record_handler{handle_later} : record_handler{handle});
}

std::string consume_delays(const given& options)
{
    reading all{options};
    const auto longest = std::chrono::microseconds{options.number("longest_us")};
    const auto handle = [&all, longest](const record& one, context&) -> awaitable<reply> {
        all.begin(1);
        // Each from 0 to the longest, drawn by the offset, so that they are the same in each round.
        co_await sleep_for(longest * (one.offset() * 7919 % 1000) / 1000);
        all.end(1);
        co_return reply{};
    };
    return all.run({.order = order_of(options)}, record_handler{handle});
}

}  // namespace sluice::bench
