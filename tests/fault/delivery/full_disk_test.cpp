#include "sluice/base/scope.hpp"
#include "sluice/testing/test_case.hpp"

#include "fault_system.hpp"
#include "load.hpp"
#include "variable.hpp"

#include <fstream>

using namespace sluice;
using namespace std::chrono_literals;

SLUICE_TEST_CASE(records_are_retried_while_the_disk_of_the_store_is_full_and_each_has_its_effect_once, 300s)
{
    const auto loop = co_await asio::this_coro::executor;
    fault_system system{loop, {.brokers = 1}};
    const auto store = system.folder / "store", full = system.folder / "full";
    std::filesystem::create_directory(store);
    system.how().flags = {"--attempts", "1000000", "--store", (store / "effects.db").string()};
    system.how().environment = {
        {"LD_PRELOAD", variable("TEST_FAULT_FULL_DISK")}, {"FULL_DISK_IN", store}, {"FULL_DISK_WHEN", full}};
    co_await system.kafka.start();
    co_await system.make_topics();
    system.add_worker();
    load::settings sending;
    sending.topic = fault_system::input;
    sending.poison = sending.shaky = 0;
    load records{loop, system.cluster(), std::move(sending)};

    const auto body = [&](scope& children) -> awaitable<> {
        children.spawn(records.run());
        auto& worker = *system.workers().front()->process;
        for (int times = 0; times < 3; ++times) {
            co_await records.sends(1000);
            std::ofstream{full};
            system.count("full disks");
            co_await worker.says("is full");
            co_await records.sends(1000);
            std::filesystem::remove(full);
        }
        records.end();
    };
    co_await with_scope({}, body);
    records.describe(system.folder / "load.json");
    co_await system.until_lag(0, 60s);
    for (const auto& worker : system.workers()) co_await system.stop(*worker, true);
    co_await system.judge("--store " + (store / "effects.db").string());
    co_await system.kafka.discard();
}
