#include "fault_system.hpp"

#include "content.hpp"
#include "declared_topic.hpp"
#include "sluice/testing/run_test.hpp"
#include "sluice/testing/until.hpp"
#include "variable.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>

using namespace sluice;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

using proxy_list = std::vector<std::unique_ptr<proxy>>;

proxy_list make_proxies(const asio::any_io_executor& loop, int count)
{
    proxy_list all;
    for (int i = 0; i < count; ++i) all.push_back(std::make_unique<proxy>(loop));
    return all;
}

std::vector<unsigned short> ports(const proxy_list& of)
{
    std::vector<unsigned short> all;
    for (const auto& one : of) all.push_back(one->port());
    return all;
}

}  // namespace

fault_system::fault_system(asio::any_io_executor loop, settings what)
    : proxies{make_proxies(loop, what.through_proxies ? what.brokers : 0)},
      kafka{loop,
            {.brokers = what.brokers,
             .folder = folder / "kafka",
             .properties = {{"transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000"}},
             .advertised = ports(proxies)}},
      loop_{std::move(loop)},
      what_{std::move(what)},
      done_{loop_, folder}
{
}

kafka::settings fault_system::cluster() const
{
    return {.properties = {{"bootstrap.servers", kafka.bootstrap_servers()}}};
}

awaitable<> fault_system::make_topics()
{
    count("clusters");
    kafka::admin admin{cluster(), blocking_, {}};
    std::vector<topic_declaration> topics;
    topic_settings how;
    how.partitions = 6;
    for (const std::string name : {input, output, "input.workers.dlt"}) topics.push_back(declared_topic{name, how});
    const auto made = co_await admin.ensure(std::move(topics));
    BOOST_REQUIRE_MESSAGE(made.has_value(), made.error().message());
}

awaitable<> fault_system::run_proxies()
{
    const auto all = [this](scope& running) -> awaitable<> {
        for (std::size_t i = 0; i < proxies.size(); ++i)
            running.spawn(proxies[i]->run(kafka.hidden_port(static_cast<int>(i) + 1)));
        co_return;
    };
    co_await with_scope({}, all);
}

void fault_system::add_worker()
{
    const int number = ++started_;
    const auto name = "worker-" + std::to_string(number);
    kafka::properties properties{{"bootstrap.servers", kafka.bootstrap_servers()},
                                 {"auto.offset.reset", "earliest"},
                                 {"session.timeout.ms", std::to_string(session / 1ms)},
                                 {"heartbeat.interval.ms", "300"},
                                 {"reconnect.backoff.max.ms", "1000"}};
    for (const auto& [property, value] : what_.properties) properties[property] = value;
    testing::child_process::settings run{
        {variable("TEST_FAULT_WORKER"), "--topic", input, "--output", output, "--group", group, "--instance", name,
         "--journal", (folder / (name + ".jsonl")).string()},
        folder / (name + ".log")};
    for (const auto& [property, value] : properties) {
        run.command.emplace_back("--kafka");
        run.command.push_back(property + "=" + value);
    }
    run.environment = what_.environment;
    std::ranges::copy(what_.flags, std::back_inserter(run.command));
    workers_.push_back(
        std::make_unique<member>(member{number, std::make_unique<testing::child_process>(loop_, std::move(run))}));
}

awaitable<> fault_system::kill_workers()
{
    for (const auto& one : workers_) one->process->signal(SIGKILL);
    for (const auto& one : workers_) co_await one->process->wait();
    count("power cuts");
    for (auto left = std::exchange(workers_, {}).size(); left > 0; --left) add_worker();
}

awaitable<> fault_system::stop(member& which, bool faultless)
{
    const int status = co_await which.process->stop(30s);
    BOOST_TEST((status == 0 || (!faultless && status == 3)), "worker " << which.number << " ended with " << status);
    count(status == 0 ? "clean stops" : "stops with something left");
}

awaitable<> fault_system::until_lag(std::int64_t most, duration limit)
{
    const auto& time = clock::of(loop_);
    const auto start = time.now();
    const std::vector<std::string> topics{input};
    kafka::admin admin{cluster(), blocking_, {}};
    std::int64_t lag = -1;
    const auto is_small = [&]() -> awaitable<bool> {
        const auto lags = co_await admin.lag(group, topics);
        if (!lags) co_return false;
        lag = 0;
        for (const auto& one : *lags) lag += one.lag;
        co_return lag <= most;
    };
    try {
        co_await testing::until(is_small, "I14 the group has made up for the faults", limit);
    } catch (const testing::test_failure&) {
        BOOST_ERROR("I14 the lag is still " << lag);
        throw;
    }
    count("recoveries");
    std::cout << "lag " << most << " at most after " << (time.now() - start) / 1ms << " ms" << std::endl;
}

awaitable<> fault_system::judge(std::string flags)
{
    co_await done_.judge(std::string{"check.py --bootstrap "} + kafka.bootstrap_servers() + " --input " + input +
                         " --output " + output + " --group " + group + " " + flags);
}
