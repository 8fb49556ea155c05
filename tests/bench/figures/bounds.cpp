#include "figures.hpp"

namespace sluice::bench {
namespace {

const dataset bytes{.topic = "bench.bytes-100", .records = 5'000'000, .size = 100};
const dataset orders{.topic = "bench.orders", .records = 1'000'000, .shape = "orders"};
const dataset backlog{.topic = "bench.backlog", .records = 10'000'000, .size = 100, .partitions = 12};

constexpr int queue_bound = 64;  // MiB

figure memory(const std::string& order, const std::string& running)
{
    return {.name = "memory-by-" + order,
            .title = "peak memory, 10 M records behind, a handler of 1 ms, in order by " + order,
            .unit = "MiB",
            .value = "peak_mb",
            .data = {backlog},
            .variants = {{"sluice",
                          ours("memory", {"--topic", backlog.topic, "--order", order, "--running", running,
                                          "--handler-ms", "1", "--still-s", "8", "--kafka.queued.max.messages.kbytes",
                                          std::to_string(1024 * queue_bound)})}},
            .bars = {{.limit = queue_bound,
                      .limit_name = "queued.max.messages.kbytes",
                      .how = bar::rule::difference,
                      .which = bar::side::at_most,
                      .bound = 64}}};
}

figure allocations(const std::string& work, const std::string& title, const dataset& from, double bound)
{
    return {.name = "allocations-" + work,
            .title = "allocations of ours a record, counted: " + title,
            .unit = "a record",
            .value = "allocations",
            .data = {from},
            .variants = {{"sluice",
                          {"bench-counted", work, "--bootstrap", "{bootstrap}", "--topic", from.topic, "--warm",
                           "200000", "--counted", "600000"}}},
            .bars = {{.how = bar::rule::alone, .which = bar::side::at_most, .bound = bound}}};
}

figure two_shards()
{
    const auto command = [](const std::string& shards) {
        return ours("shards", {"--topic", bytes.topic, "--shards", shards, "--handler-us", "50", "--counted-s", "5"});
    };
    return {.name = "shards",
            .title = "two shards on two cores, a handler of 50 µs of CPU",
            .data = {bytes},
            .variants = {{"2 shards", command("2")}, {"1 shard", command("1")}},
            .bars = {{.against = {"1 shard"}, .bound = 1.8}}};
}

}  // namespace

std::vector<figure> bounds_figures()
{
    return {memory("partition", "1024"),
            memory("key", "256"),
            allocations("by-partition", "in order by partition", bytes, 0.01),
            allocations("by-key", "by key, 256 running, a handler that waits once", bytes, 0.5),
            allocations("typed", "orders, decoded", orders, 3),
            two_shards()};
}

}  // namespace sluice::bench
