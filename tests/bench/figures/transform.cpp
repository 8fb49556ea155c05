#include "figures.hpp"

namespace sluice::bench {
namespace {

const dataset from{.topic = "bench.to-transform", .records = 1'000'000}, to{.topic = "bench.transformed"};

figure exactly_once(const std::string& name, std::int64_t transaction, std::int64_t records)
{
    const std::vector<std::string> options{"--topic",       from.topic,
                                           "--to",          to.topic,
                                           "--group",       "bench-{run}",
                                           "--records",     std::to_string(records),
                                           "--transaction", std::to_string(transaction)};
    const auto by_hand = [&](const char* backoff) {
        auto all = options;
        all.insert(all.end(), {"--backoff", backoff});
        return raw("transform", all);
    };
    return {.name = name,
            .title = "consume, transform, produce exactly once, " + std::to_string(transaction) + " a transaction",
            .data = {from, to},
            .variants = {{"sluice", ours("transform", options)},
                         {"raw, our settings", by_hand("5")},
                         {"raw, librdkafka's settings", by_hand("100")}},
            .bars = {{.against = {"raw, our settings", "raw, librdkafka's settings"}, .bound = 0.9}}};
}

}  // namespace

std::vector<figure> transform_figures()
{
    return {exactly_once("transform-1k", 1'000, 100'000), exactly_once("transform-10k", 10'000, 500'000),
            exactly_once("transform-100k", 100'000, 1'000'000)};
}

}  // namespace sluice::bench
