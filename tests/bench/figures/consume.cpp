#include "figures.hpp"

namespace sluice::bench {
namespace {

const dataset small{.topic = "bench.bytes-100", .records = 5'000'000, .size = 100};
const dataset large{.topic = "bench.bytes-1k", .records = 1'000'000, .size = 1000};
const dataset few{.topic = "bench.filled-100", .records = 1'000'000, .size = 100};
const dataset orders{.topic = "bench.orders", .records = 1'000'000, .shape = "orders"};
const dataset delays{.topic = "bench.delays", .records = 10'000, .size = 100, .keys = 1'000};

const std::string order =
    R"({"order_id":"0f8b6f3e-6c1d-4f5e-9a43-000000000007","customer_id":"customer-000042","items":)"
    R"([{"product_id":"pear","quantity":8,"price":29.99},{"product_id":"apple","quantity":2,"price":1.50}],)"
    R"("total":242.92,"created_at":"2026-03-01T12:00:00.000Z"})";

std::vector<std::string> reads(const dataset& from, const std::vector<std::string>& more = {})
{
    std::vector<std::string> all{"--topic", from.topic,   "--records", std::to_string(from.records),
                                 "--group", "bench-{run}"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

/// All of it is fetched before the first record is handled, so that only what the handling costs is measured.
std::vector<std::string> reads_filled(const dataset& from, const std::vector<std::string>& more = {})
{
    auto all = reads(from, {"--filled", "1", "--kafka.queued.min.messages", "10000000",
                            "--kafka.queued.max.messages.kbytes", "2000000"});
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

figure batch_handler(const std::string& name, const std::string& title, const dataset& from)
{
    return {.name = name,
            .title = title,
            .data = {from},
            .variants = {{"sluice", ours("consume-batch", reads(from))},
                         {"raw events", raw("consume-events", reads(from))},
                         {"raw events, glibc", raw_glibc("consume-events", reads(from))},
                         {"raw batches, glibc", raw_glibc("consume-batches", reads(from))}},
            .bars = {{.against = {"raw events"}, .bound = 0.95},
                     {.name = "glibc", .against = {"raw events, glibc", "raw batches, glibc"}, .bound = 1.5}}};
}

figure each_rate()
{
    return {.name = "consume-each",
            .title = "a handler call a record, by partition, with ledger and commits",
            .data = {small},
            .variants = {{"sluice", ours("consume-each", reads(small))},
                         {"raw events", raw("consume-events", reads(small))}},
            .bars = {{.against = {"raw events"}, .bound = 0.92}}};
}

figure above_raw(const std::string& name, const std::string& title, const std::vector<std::string>& how, double most)
{
    return {.name = name,
            .title = title,
            .unit = "µs",
            .value = "cpu_us",
            .data = {few},
            .variants = {{"sluice", ours("consume-each", reads_filled(few, how))},
                         {"raw events", raw("consume-events", reads_filled(few))}},
            .bars = {
                {.against = {"raw events"}, .how = bar::rule::difference, .which = bar::side::at_most, .bound = most}}};
}

// Where the queue gets full, C's sleeps (the framework wakes it), so it gets one that does not.
figure typed_rate()
{
    const std::vector<std::string> roomy{"--kafka.queued.min.messages", "10000000",
                                         "--kafka.queued.max.messages.kbytes", "2000000"};
    return {.name = "consume-typed",
            .title = "orders decoded, handled and committed",
            .data = {orders},
            .variants = {{"sluice", ours("consume-typed", reads(orders))},
                         {"raw and Boost.JSON", raw("consume-typed", reads(orders))},
                         {"the same, a large queue", raw("consume-typed", reads(orders, roomy))}},
            .bars = {{.against = {"raw and Boost.JSON", "the same, a large queue"}, .bound = 1}}};
}

figure decoder()
{
    const std::vector<std::string> options{"--json", order, "--records", "1000000"};
    const auto command = [&](std::string program) {
        std::vector<std::string> all{std::move(program), "decode"};
        all.insert(all.end(), options.begin(), options.end());
        return all;
    };
    return {.name = "decode",
            .title = "an order from JSON to its struct",
            .unit = "orders/s",
            .variants = {{"sluice", command("bench-ours")}, {"Boost.JSON's parse and value_to", command("bench-raw")}},
            .bars = {{.against = {"Boost.JSON's parse and value_to"}, .bound = 1.3}}};
}

figure many_handlers(const std::string& name, const std::string& title, const std::string& order)
{
    return {.name = name,
            .title = title,
            .unit = "s",
            .value = "seconds",
            .data = {delays},
            .variants = {{"sluice", ours("consume-delays", reads(delays, {"--order", order, "--running", "100",
                                                                          "--longest_us", "5000"}))}},
            .bars = {{.limit = 0.25, .limit_name = "arithmetic", .which = bar::side::at_most, .bound = 1.3}}};
}

}  // namespace

std::vector<figure> consume_figures()
{
    return {batch_handler("consume-batch-100", "a handler of batches, records of 100 B", small),
            batch_handler("consume-batch-1k", "a handler of batches, records of 1 KB", large),
            each_rate(),
            above_raw("consume-each-cpu", "CPU of a handler call a record, by partition", {}, 0.06),
            above_raw("consume-key-cpu", "CPU of a handler that waits once a record, by key, 256 running",
                      {"--order", "key", "--running", "256", "--wait", "1"}, 0.3),
            typed_rate(),
            decoder(),
            many_handlers("consume-delays", "10,000 handlers of 0 to 5 ms, 100 running", "none"),
            many_handlers("consume-delays-keys", "10,000 handlers of 0 to 5 ms, 100 running, 1,000 keys", "key")};
}

}  // namespace sluice::bench
