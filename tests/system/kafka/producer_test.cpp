#include "sluice/kafka/producer.hpp"

#include "integration/kafka/log_reader.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/testing/test_case.hpp"
#include "sluice/testing/until.hpp"
#include "system/kafka/one_broker.hpp"

#include <map>
#include <set>

using namespace sluice;
using testing::until;
using namespace std::chrono_literals;

namespace {

constexpr std::int32_t partitions_of_orders = 4;

// What became of each send, by its value.
struct outcomes {
    std::set<std::string> acknowledged, not_sent, unknown;
    std::map<std::string, std::vector<std::string>> acknowledged_of;  // by key, in the order of the sends
    mutable wait_queue changed;
};

awaitable<> until_acknowledged(const outcomes& told, std::size_t count)
{
    const auto enough = [&, count] { return told.acknowledged.size() >= count; };
    co_await until(told.changed, enough, "enough are acknowledged");
}

awaitable<> until_not_sent(const outcomes& told, std::size_t count)
{
    const auto enough = [&, count] { return told.not_sent.size() >= count; };
    co_await until(told.changed, enough, "enough are not sent");
}

awaitable<> keep_sending(kafka::producer& producer, std::string key, const bool& stop, outcomes& into)
{
    int i = 0;
    while (!stop) {
        const auto value = key + "-" + std::to_string(i++);
        outgoing what{.topic = "orders", .key = key, .value = value};
        const auto sent = co_await producer.send(std::move(what));
        if (sent) {
            into.acknowledged.insert(value);
            into.acknowledged_of[key].push_back(value);
        } else if (sent.error() == errc::not_sent) {
            into.not_sent.insert(value);
        } else {
            BOOST_TEST((sent.error() == errc::outcome_unknown), sent.error().message());
            into.unknown.insert(value);
        }
        into.changed.wake_all();
    }
}

void check_against(const std::vector<record>& log, const outcomes& told)
{
    std::map<std::string, int> copies;
    std::map<std::string, std::vector<std::string>> order;
    for (const auto& each : log) {
        const std::string value{*each.value()};
        ++copies[value];
        if (told.acknowledged.contains(value)) order[std::string{*each.key()}].push_back(value);
    }
    for (const auto& each : told.acknowledged) BOOST_TEST(copies[each] == 1, each << " is there " << copies[each]);
    for (const auto& each : told.not_sent) BOOST_TEST(copies[each] == 0, each << " was said not to be sent");
    for (const auto& each : told.unknown) BOOST_TEST(copies[each] <= 1, each << " is there " << copies[each]);
    BOOST_TEST((order == told.acknowledged_of));
}

// Sends from 32 coroutines while `disturb` breaks the broker and heals it.
awaitable<> run_against(one_broker& cluster, std::function<awaitable<>(const outcomes&)> disturb)
{
    const auto loop = co_await asio::this_coro::executor;
    const std::vector<topic_declaration> topics{declared_topic{"orders", {.partitions = partitions_of_orders}}};
    co_await cluster.start(topics);
    kafka::producer producer{loop, cluster.with(), {.delivery_timeout = 2000ms}, cluster.blocking, {}};
    outcomes told;
    bool stop = false;
    scope senders{loop};
    for (int i = 0; i < 32; ++i) senders.spawn(keep_sending(producer, std::to_string(i), stop, told));
    co_await until_acknowledged(told, 1000);
    co_await disturb(told);
    co_await until_acknowledged(told, told.acknowledged.size() + 1000);
    stop = true;
    co_await senders.join();
    const auto unsent = co_await producer.close(clock::of(loop).now() + 10s);
    BOOST_TEST(unsent == 0);
    auto read = [&](std::stop_token) { return read_log(cluster.with(), "orders", partitions_of_orders); };
    const auto log = co_await cluster.blocking.run(std::move(read));
    BOOST_TEST_MESSAGE(told.acknowledged.size() << " acknowledged, " << told.not_sent.size() << " not sent, "
                                                << told.unknown.size() << " unknown, " << log.size() << " in the log");
    check_against(log, told);
    co_await cluster.kafka.discard();
}

}  // namespace

SLUICE_TEST_CASE(every_send_is_answered_truly_while_the_broker_is_killed_and_comes_back, 180s)
{
    one_broker cluster{co_await asio::this_coro::executor};
    auto kill = [&](const outcomes& told) -> awaitable<> {
        co_await cluster.kafka.kill(1);
        co_await until_not_sent(told, 64);
        co_await cluster.kafka.restart(1);
    };
    co_await run_against(cluster, kill);
}

SLUICE_TEST_CASE(every_send_is_answered_truly_while_the_broker_hangs, 180s)
{
    one_broker cluster{co_await asio::this_coro::executor};
    auto hang = [&](const outcomes& told) -> awaitable<> {
        cluster.kafka.suspend(1);
        const auto one_is_unknown = [&] { return !told.unknown.empty(); };
        co_await until(told.changed, one_is_unknown, "an outcome is unknown");
        co_await until_not_sent(told, 64);
        cluster.kafka.resume(1);
    };
    co_await run_against(cluster, hang);
}
