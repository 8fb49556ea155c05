#include "stage.hpp"

#include "measured_process.hpp"

#include "sluice/kafka/admin.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <iostream>

namespace sluice::bench {
namespace {

constexpr std::chrono::seconds longest_fill{300};

struct declaration : topic_declaration {
    explicit declaration(const dataset& what)
        : topic_declaration{what.topic, {.partitions = what.partitions, .config = {}}}
    {
    }
};

awaitable<std::int64_t> count(kafka::admin& admin, const std::string& topic)
{
    std::vector<std::string> names{topic};
    const auto ranges = co_await admin.topics(std::move(names));
    std::int64_t there = 0;
    for (const auto& each : ranges.value()) there += each.end - each.begin;
    co_return there;
}

}  // namespace

stage::~stage()
{
    if (!kafka_) return;
    try {
        run(kafka_->stop());
    } catch (const std::exception& error) {
        std::cerr << "Kafka did not end in order: " << error.what() << "\n";
    }
}

void stage::run(awaitable<> work)
{
    std::exception_ptr failed;
    asio::co_spawn(loop_, std::move(work), [&failed](std::exception_ptr error) { failed = error; });
    loop_.restart();
    loop_.run();
    if (failed) std::rethrow_exception(failed);
}

void stage::prepare(const std::vector<dataset>& data)
{
    if (data.empty()) return;
    if (what_.bootstrap.empty()) run(start());
    for (const auto& each : data) run(prepare(each));
}

awaitable<> stage::start()
{
    testing::kafka_settings how{
        .folder = what_.folder, .jars = what_.jars, .properties = {{"log.retention.ms", "-1"}}, .for_speed = true};
    kafka_ = std::make_unique<testing::kafka_cluster>(loop_.get_executor(), std::move(how));
    co_await kafka_->start();
    what_.bootstrap = kafka_->bootstrap_servers();
}

awaitable<> stage::prepare(const dataset& what)
{
    kafka::settings cluster;
    cluster.properties.emplace("bootstrap.servers", what_.bootstrap);
    kafka::admin admin{cluster, pool_, {}};
    std::vector<topic_declaration> declared{declaration{what}};
    const auto made = co_await admin.ensure(std::move(declared));
    if (!made.value().differences.empty())
        throw std::runtime_error{made.value().differences.front().message() + ": remove the topic"};
    if (what.records == 0) co_return;
    auto there = co_await count(admin, what.topic);
    if (there == 0) {
        fill(what);
        there = co_await count(admin, what.topic);
    }
    if (there != what.records)
        throw std::runtime_error{what.topic + " holds " + std::to_string(there) + " records, not " +
                                 std::to_string(what.records) + ": remove the topic"};
}

void stage::fill(const dataset& what) const
{
    const auto filled = run_measured({what_.programs / "bench-raw", "fill", "--bootstrap", what_.bootstrap, "--topic",
                                      what.topic, "--shape", what.shape, "--records", std::to_string(what.records),
                                      "--size", std::to_string(what.size), "--keys", std::to_string(what.keys)},
                                     longest_fill);
    if (filled.status != 0) throw std::runtime_error{what.topic + " cannot be filled: " + filled.err};
}

}  // namespace sluice::bench
