#include "figures.hpp"

namespace sluice::bench {
namespace {

const dataset orders{.topic = "order.placed", .partitions = 12};

std::vector<std::string> options(int connections, const std::string& kafka)
{
    return {"--connections", std::to_string(connections), "--kafka", kafka};
}

std::string joined(int connections)
{
    return std::to_string(connections) + (connections == 1 ? " connection" : " connections");
}

figure alone(int connections)
{
    return {.name = "http-" + std::to_string(connections),
            .title = "POST /checkout without Kafka, " + joined(connections),
            .unit = "requests/s",
            .variants = {{"sluice", ours("http-checkout", options(connections, "none"))},
                         {"bare Beast", raw("http-checkout", options(connections, "none"))}},
            .bars = {{.against = {"bare Beast"}, .bound = 0.85}}};
}

figure acknowledged(int connections)
{
    const auto bare = [&](const std::string& way) { return raw("http-checkout", options(connections, way)); };
    const std::vector<std::string> all{"at once", "gathered", "linger 1"};
    return {.name = "http-kafka-" + std::to_string(connections),
            .title = "POST /checkout, acknowledged, 202, " + joined(connections),
            .unit = "requests/s",
            .data = {orders},
            .variants = {{"sluice", ours("http-checkout", options(connections, "acknowledged"))},
                         {"at once", bare("at-once")},
                         {"gathered", bare("gathered")},
                         {"linger 1", bare("linger")}},
            .bars = {{.against = all, .bound = 0.95},
                     {.name = "CPU a request",
                      .value = "cpu_us",
                      .unit = "µs",
                      .against = all,
                      .best_by = "rate",
                      .which = bar::side::at_most,
                      .bound = 1.25}}};
}

}  // namespace

std::vector<figure> http_figures()
{
    std::vector<figure> all;
    for (const int connections : {1, 64}) all.push_back(alone(connections));
    for (const int connections : {1, 64, 512}) all.push_back(acknowledged(connections));
    return all;
}

}  // namespace sluice::bench
