#include "sluice/testing/test_case.hpp"

#include "chaos.hpp"
#include "load.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

awaitable<> load_and_break(fault_system& system, load& records, chaos& faults, std::size_t at_least)
{
    const auto both = [&](scope& children) -> awaitable<> {
        children.spawn(records.run());
        co_await faults.run([&] { return records.sent() >= at_least; });
        records.end();
    };
    co_await with_scope({}, both);
    records.describe(system.folder / "load.json");
    co_await system.until_no_lag(60s);
    for (const auto& worker : system.workers()) co_await system.stop(*worker, true);
}

awaitable<> nothing_is_lost(std::vector<std::string> flags, std::string checker_flags)
{
    const auto loop = co_await asio::this_coro::executor;
    const auto seed = seed_of_run();
    fault_system system{loop, {.flags = std::move(flags)}};
    co_await system.start();
    for (int i = 0; i < 3; ++i) system.add_worker();
    load records{
        loop, system.cluster(), {.topic = fault_system::input, .seed = seed, .rate = given("TEST_FAULT_RATE", 1000)}};
    chaos faults{system, seed};
    co_await load_and_break(system, records, faults, given("TEST_FAULT_RECORDS", 20'000));
    co_await system.judge(std::move(checker_flags));
    co_await system.kafka.stop();
}

}  // namespace

SLUICE_TEST_CASE(at_least_once_by_key_loses_nothing_while_workers_and_brokers_are_killed, 800s)
{
    const std::vector<std::string> flags{"--order", "by_key"};
    co_await nothing_is_lost(flags, "");
}
