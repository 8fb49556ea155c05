#include "sluice/kafka/admin.hpp"
#include "running_roles.hpp"
#include "sluice/http/router.hpp"
#include "sluice/process/flow_listing.hpp"
#include "sluice/process/topology.hpp"
#include "sluice/testing/test_case.hpp"
#include "words.hpp"

#include <atomic>
#include <latch>
#include <map>
#include <set>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

awaitable<http::response> greet(http::request)
{
    co_return http::text(200, "hello");
}

awaitable<> greeter(role& self)
{
    http::router routes;
    routes.get("/hello", greet);
    co_await self.serve(routes);
}

awaitable<> reader(role& self)
{
    const auto ignore = [](word, context&) -> awaitable<> { co_return; };
    auto all = self.flow(words, {.group = "readers"});
    co_await all.run(ignore);
}

}  // namespace

SLUICE_TEST_CASE(the_admin_listener_tells_health_readiness_metrics_and_the_map)
{
    const auto loop = co_await asio::this_coro::executor;
    std::vector<role_entry> table;
    table.emplace_back("greeter", greeter, "", serves{0, {"GET /hello"}});
    table.emplace_back("reader", reader, "", reads{"readers", {words}});
    running_roles system{loop, table};
    const auto body = [&]() -> awaitable<> {
        auto role = system.client(system.roles->urls().at("greeter"));
        for (int i = 0; i < 8; ++i) {
            const auto hello = co_await role.get("/hello");
            BOOST_TEST(hello.value().body == "hello");
        }
        auto admin = system.client(system.roles->admin_url());
        const auto health = co_await admin.get("/healthz");
        BOOST_TEST(health.value().status == 200u);
        const auto ready = co_await admin.get("/readyz");
        BOOST_TEST(ready.value().status == 200u);
        BOOST_TEST(ready.value().body == "ok\n");
        // An answer is counted after it has left, on the shard's thread.
        const std::string counted =
            R"(sluice_http_request_seconds_count{method="GET",role="greeter",route="/hello",status="200"} 8)";
        http::response numbers;
        while (numbers.body.find(counted) == std::string::npos) {
            const auto page = co_await admin.get("/metrics");
            numbers = page.value();
        }
        BOOST_TEST(numbers.header("Content-Type").value() == "text/plain; version=0.0.4; charset=utf-8");
        const auto map = co_await admin.get("/topology");
        const auto& url = system.roles->urls().at("greeter");
        const auto port = "\"port\":" + url.substr(url.rfind(':') + 1) + ",";
        BOOST_TEST(map.value().body.find(port) != std::string::npos, map.value().body);
    };
    const auto status = co_await system.run(body);
    BOOST_TEST(status == 0);
}

SLUICE_TEST_CASE(a_process_that_drains_is_alive_but_not_ready)
{
    const auto loop = co_await asio::this_coro::executor;
    wait_queue draining;
    std::latch leave{1};
    const auto slow_to_leave = [&](role& self) -> awaitable<> {
        const auto wait = [&](const std::stop_token&) { leave.wait(); };
        co_await self.offload().run(wait);
    };
    std::vector<role_entry> table(1, role_entry{"slow", slow_to_leave, ""});
    running_roles system{loop, table};
    int status = -1;
    const auto keep = [&]() -> awaitable<> { status = co_await system.run(); };
    const auto body = [&](scope& beside) -> awaitable<> {
        beside.spawn(keep());
        co_await system.ready();
        system.end.cancel(cancel_reason::shutdown);
        auto admin = system.client(system.roles->admin_url());
        const auto ready = co_await admin.get("/readyz");
        const auto health = co_await admin.get("/healthz");
        leave.count_down();
        BOOST_TEST(ready.value().status == 503u);
        BOOST_TEST(ready.value().body == "the process is draining\n");
        BOOST_TEST(health.value().status == 200u);
    };
    co_await with_scope({}, body);
    BOOST_TEST(status == 0);
}

SLUICE_TEST_CASE(the_flows_of_all_shards_tell_what_they_do_and_a_blocked_shard_is_named, 60s)
{
    const auto loop = co_await asio::this_coro::executor;
    std::latch leave{1};
    std::atomic<int> started = 0;
    std::atomic<bool> block = false;
    const auto handler = [&](word what, context& about) -> awaitable<> {
        about.stage("reading " + what.text);
        ++started;
        const auto to_block = [&] { return block.load(); };
        co_await testing::until(to_block, "the shard is to be blocked");
        if (what.text == "a") leave.wait();  // as no handler may
    };
    const auto body = [&](role& self) -> awaitable<> {
        auto all = self.flow(words, {.group = "readers", .commit_interval = 50ms});
        co_await all.run(handler);
    };
    std::vector<role_entry> table(1, role_entry{"reader", body, "", reads{"readers", {words}}});
    running_roles system{loop, table, {{"shards", "2"}}};
    const auto ask = [&]() -> awaitable<flow_listing> {
        auto admin = system.client(system.roles->admin_url());
        const auto answer = co_await admin.get("/flows");
        BOOST_REQUIRE(answer.has_value());
        BOOST_TEST(answer->header("Content-Type").value() == "application/json");
        co_return from_json<flow_listing>(answer->body).value();
    };
    const auto test = [&]() -> awaitable<> {
        std::vector<outgoing> records;
        for (int i = 0; i < 4; ++i) {
            const word what{"k", std::string(1, static_cast<char>('a' + i))};
            records.push_back(words.make(what));
            records.back().partition = i;
        }
        co_await system.cluster.send(std::move(records));
        const auto all_started = [&] { return started >= 4; };
        co_await testing::until(all_started, "all four records have reached their handlers");
        auto now = co_await ask();
        BOOST_TEST(now.silent_shards.empty());
        BOOST_REQUIRE(now.flows.size() == 2u);
        std::map<std::int32_t, std::string> stages;
        std::set<std::uint32_t> shards;
        for (const auto& flow : now.flows) {
            BOOST_TEST(flow.role == "reader");
            BOOST_TEST(flow.group == "readers");
            shards.insert(flow.shard);
            for (const auto& one : flow.partitions) {
                stages[one.partition] = one.stage.value_or("");
                BOOST_TEST((one.waits_for == blockage::running));
                BOOST_TEST(one.offset.value() == 0);
            }
        }
        BOOST_TEST(shards.size() == 2u);
        BOOST_TEST((stages == std::map<std::int32_t, std::string>{
                                  {0, "reading a"}, {1, "reading b"}, {2, "reading c"}, {3, "reading d"}}));
        block = true;
        const auto one_is_silent = [&]() -> awaitable<bool> {
            now = co_await ask();
            co_return !now.silent_shards.empty();
        };
        co_await testing::until(one_is_silent, "a shard does not answer");
        BOOST_TEST(now.silent_shards.size() == 1u);
        BOOST_TEST(now.flows.size() == 1u);
        leave.count_down();
        // A group of two may stand still on the embedded broker while it changes: what it has not committed when it is
        // to end would be refused.
        kafka::admin admin{system.cluster.broker.client_settings(), system.cluster.blocking, {}};
        const auto all_committed = [&]() -> awaitable<bool> {
            std::vector<std::string> of(1, words.name());
            const auto lag = co_await admin.lag("readers", std::move(of));
            const auto is_done = [](const kafka::partition_lag& one) { return one.committed == 1; };
            co_return lag.has_value() && std::ranges::all_of(*lag, is_done);
        };
        co_await testing::until(all_committed, "the records of all shards are committed");
    };
    const auto status = co_await system.run(test);
    BOOST_TEST(status == 0);
}
