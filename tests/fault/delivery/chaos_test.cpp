#include "sluice/base/scope.hpp"
#include "sluice/testing/test_case.hpp"

#include "chaos.hpp"
#include "load.hpp"

#include <algorithm>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

struct scenario {
    std::vector<chaos::deck> lanes;
    fault_system::settings system = {};
    bool power_cut = true;     ///< all members are killed at once, in the end
    std::string checker = {};  ///< its flags
    std::size_t records = 20'000;
    std::size_t fastest = 100'000;  ///< what the group can handle in a second: the load is no faster, and as long
    double poison = 0.01, shaky = 0.02;
};

awaitable<> run(fault_system& system, const scenario& what)
{
    const auto seed = seed_of_run();
    for (int i = 0; i < 3; ++i) system.add_worker();
    load::settings sending;
    sending.topic = fault_system::input;
    sending.seed = seed;
    const std::size_t asked = given("TEST_FAULT_RATE", sending.rate);
    const auto rate = sending.rate = std::min(asked, what.fastest);
    const auto at_least = given("TEST_FAULT_RECORDS", what.records) * rate / asked;
    sending.poison = what.poison;
    sending.shaky = what.shaky;
    load records{co_await asio::this_coro::executor, system.cluster(), std::move(sending)};
    chaos faults{system, seed};
    const auto both = [&](scope& children) -> awaitable<> {
        children.spawn(records.run());
        co_await faults.run(what.lanes, [&] { return records.sent() >= at_least; });
        if (what.power_cut) {
            // While they keep pace, so that there is surely something that is handled and not committed.
            co_await system.until_lag(2 * static_cast<std::int64_t>(rate), 60s);
            co_await system.kill_workers();
        }
        records.end();
    };
    co_await with_scope({}, both);
    records.describe(system.folder / "load.json");
    co_await system.until_lag(0, 60s);
    for (const auto& worker : system.workers()) co_await system.stop(*worker, true);
    co_await system.judge(what.checker);
}

awaitable<> nothing_is_lost(scenario what)
{
    fault_system system{co_await asio::this_coro::executor, what.system};
    co_await system.kafka.start();
    const auto within = [&](scope& children) -> awaitable<> {
        children.spawn(system.run_proxies());
        co_await system.make_topics();
        co_await run(system, what);
        children.cancel();
    };
    co_await with_scope({}, within);
    co_await system.kafka.discard();
}

}  // namespace

SLUICE_TEST_CASE(at_least_once_by_key_loses_nothing_while_workers_and_brokers_are_killed, 1200s)
{
    scenario what{.lanes = {chaos::members(), chaos::brokers()}};
    co_await nothing_is_lost(std::move(what));
}

SLUICE_TEST_CASE(at_least_once_by_partition_loses_nothing_while_connections_are_cut_slow_and_halted, 1200s)
{
    // One record at a time in each partition, until three brokers have what it emits: some 250 a second at best, and
    // five when answers take 200 ms. A retry holds back its whole partition.
    scenario what{.lanes = {chaos::connections()}, .power_cut = false};
    what.fastest = 500;
    what.poison = 0.001;
    what.shaky = 0.002;
    what.system.through_proxies = true;
    what.system.flags = {"--order", "by_partition"};
    co_await nothing_is_lost(std::move(what));
}

SLUICE_TEST_CASE(exactly_once_every_record_comes_out_once_while_workers_and_brokers_are_killed, 1200s)
{
    scenario what{.lanes = {chaos::members(), chaos::brokers()}, .checker = "--exactly-once", .records = 10'000};
    what.system.flags = {"--mode", "exactly_once"};
    co_await nothing_is_lost(std::move(what));
}
