#include "figures.hpp"

namespace sluice::bench {
namespace {

const dataset paced{.topic = "bench.paced"},
    orders{.topic = "bench.first-orders", .records = 10'000, .shape = "orders"};

figure latency()
{
    const std::vector<std::string> options{"--topic",   paced.topic, "--group", "bench-{run}",
                                           "--records", "10000",     "--rate",  "1000"};
    return {
        .name = "latency",
        .title = "record produced, handler runs, 1,000 a second",
        .unit = "ms",
        .value = "p50_ms",
        .data = {paced},
        .variants = {{"sluice", ours("latency", options)}, {"raw events", raw("latency", options)}},
        .bars = {
            {.name = "p50", .against = {"raw events"}, .which = bar::side::at_most, .bound = 1.2},
            {.name = "p99", .value = "p99_ms", .against = {"raw events"}, .which = bar::side::at_most, .bound = 1.2}}};
}

figure start()
{
    const std::vector<std::string> options{"--topic", orders.topic, "--group", "bench-{run}"};
    return {
        .name = "start",
        .title = "start of a role, first record handled",
        .unit = "ms",
        .value = "first_ms",
        .data = {orders},
        .variants = {{"sluice", ours("first-record", options)}, {"raw events", raw("first-record", options)}},
        .bars = {{.against = {"raw events"}, .how = bar::rule::difference, .which = bar::side::at_most, .bound = 100}}};
}

}  // namespace

std::vector<figure> prompt_figures()
{
    return {latency(), start()};
}

}  // namespace sluice::bench
