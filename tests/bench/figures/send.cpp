#include "figures.hpp"

namespace sluice::bench {
namespace {

const dataset to{.topic = "bench.sent"};

std::vector<std::string> options(std::int64_t records, std::vector<std::string> more)
{
    std::vector<std::string> all{"--topic", to.topic, "--records", std::to_string(records)};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

figure batches()
{
    constexpr std::int64_t records = 1'000'000;
    return {.name = "send-batches",
            .title = "send, awaiting batches",
            .data = {to},
            .variants = {{"sluice", ours("send-batches", options(records, {"--batch", "1000", "--senders", "16"}))},
                         {"raw, linger 0", raw("send-stream", options(records, {"--linger", "0"}))},
                         {"raw, linger 5", raw("send-stream", options(records, {"--linger", "5"}))}},
            .bars = {{.against = {"raw, linger 0", "raw, linger 5"}, .bound = 0.95}}};
}

figure one_at_a_time()
{
    const auto how = options(5'000, {"--senders", "1"});
    return {.name = "send-one",
            .title = "send, awaited one at a time",
            .data = {to},
            .variants = {{"sluice", ours("send-waiting", how)}, {"raw, linger 0", raw("send-waiting", how)}},
            .bars = {{.against = {"raw, linger 0"}, .bound = 0.9}}};
}

figure waiting(const std::string& name, int senders, std::int64_t records, double bound)
{
    const auto count = std::to_string(senders);
    const std::vector<std::string> raws{"raw, linger 0", "raw, linger 1", "raw, linger 5"};
    const auto by_hand = [&](const char* linger, std::int64_t as_many) {
        return raw("send-waiting", options(as_many, {"--senders", count, "--linger", linger}));
    };
    return {.name = name,
            .title = "send, " + count + " coroutines that await",
            .data = {to},
            .variants = {{"sluice", ours("send-waiting", options(records, {"--senders", count}))},
                         {raws[0], by_hand("0", records)},
                         {raws[1], by_hand("1", records)},
                         {raws[2], by_hand("5", records / 4)}},
            .bars = {{.against = raws, .bound = bound},
                     {.name = "p50",
                      .value = "p50_ms",
                      .unit = "ms",
                      .against = raws,
                      .best_by = "rate",
                      .which = bar::side::at_most,
                      .bound = 1}}};
}

}  // namespace

std::vector<figure> send_figures()
{
    return {batches(), one_at_a_time(), waiting("send-64", 64, 100'000, 1.5), waiting("send-1k", 1'000, 500'000, 0.9)};
}

}  // namespace sluice::bench
