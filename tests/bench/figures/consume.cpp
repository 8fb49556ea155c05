#include "figures.hpp"

namespace sluice::bench {
namespace {

const dataset small{.topic = "bench.bytes-100", .records = 5'000'000, .size = 100};

figure batch_handler(const std::string& name, const std::string& title, const dataset& from)
{
    const std::vector<std::string> options{"--topic", from.topic,   "--records", std::to_string(from.records),
                                           "--group", "bench-{run}"};
    return {.name = name,
            .title = title,
            .data = {from},
            .variants = {{"sluice", ours("consume-batch", options)},
                         {"raw events", raw("consume-events", options)},
                         {"raw events, glibc", raw_glibc("consume-events", options)},
                         {"raw batches, glibc", raw_glibc("consume-batches", options)}},
            .bars = {{.name = "", .against = {"raw events"}, .bound = 0.95},
                     {.name = "glibc", .against = {"raw events, glibc", "raw batches, glibc"}, .bound = 1.5}}};
}

}  // namespace

std::vector<figure> consume_figures()
{
    return {batch_handler("consume-batch-100", "a handler of batches, records of 100 B", small)};
}

}  // namespace sluice::bench
