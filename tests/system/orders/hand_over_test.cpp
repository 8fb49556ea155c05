#include "sluice/base/clock.hpp"
#include "sluice/testing/test_case.hpp"
#include "sluice/testing/until.hpp"
#include "system/orders/order_load.hpp"
#include "system/orders/order_system.hpp"
#include "system/orders/store_reader.hpp"

#include <array>
#include <csignal>
#include <sstream>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr auto group = "inventory-service";
constexpr auto group_command = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";
constexpr int partitions = 12;
constexpr int assigned = 4 * partitions;  // order.placed, payment.declined, and the topics by which theirs are redriven

struct variant {
    order_system::settings system;
    std::string assignor;         ///< what Kafka calls it
    bool clean_hand_over = true;  ///< SIGTERM is promised to make no repeats
};

// What the services after inventory see, by order.
struct outcome {
    std::set<std::string> topics, ids;
};
struct seen_events {
    std::map<std::string, outcome> orders;
    std::size_t repeats = 0;        ///< events that came before
    std::size_t early_repeats = 0;  ///< those up to a moment that is told as the topics' ends
};

constexpr std::array topics{"inventory.reserved", "inventory.rejected"};
using topic_ends = std::map<std::string, std::vector<std::int64_t>>;

awaitable<topic_ends> find_ends(order_system& system)
{
    topic_ends all;
    for (const auto* topic : topics) {
        const auto offsets = co_await system.ends(topic, partitions);
        all[topic] = offsets;
    }
    co_return all;
}

awaitable<seen_events> read_events(order_system& system, topic_ends early)
{
    seen_events all;
    for (const auto* topic : topics) {
        const auto records = co_await system.read(topic);
        for (const auto& one : records) {
            const auto& value = one.value.value();
            const std::string before = R"("order_id":")";
            auto& order = all.orders[value.substr(value.find(before) + before.size(), 36)];
            order.topics.insert(topic);
            if (order.ids.insert(one.header("sluice-id")).second) continue;
            ++all.repeats;
            if (one.offset < early.at(topic).at(static_cast<std::size_t>(one.partition))) ++all.early_repeats;
        }
    }
    co_return all;
}

// Waits until the group has come to rest: both have partitions, and each partition has its member.
awaitable<> until_shared(role_process& one, role_process& other)
{
    const auto is_shared = [&]() -> awaitable<bool> {
        const auto here = co_await one.metric("sluice_partitions_assigned");
        const auto there = co_await other.metric("sluice_partitions_assigned");
        co_return here > 0 && there > 0 && here + there == assigned;
    };
    co_await testing::until(is_shared, "both have partitions, and each partition has its member");
}

awaitable<std::int64_t> count_repeats(role_process& one, role_process& other)
{
    const auto here = co_await one.metric("orders_inbox_repeats_total");
    co_return here + co_await other.metric("orders_inbox_repeats_total");
}

awaitable<> stop_in_time(role_process& role)
{
    const auto& time = clock::of(co_await asio::this_coro::executor);
    const auto asked = time.now();
    const int status = co_await role.process.stop(30s);
    const auto took = time.now() - asked;
    BOOST_TEST(status == 0);
    BOOST_TEST((took < 10s));  // the setting `drain`
    BOOST_TEST_MESSAGE("SIGTERM took " << took / 1ms << " ms");
}

// Kafka's own view of the group: what it has committed is all that there is.
awaitable<> expect_all_committed(order_system& system)
{
    std::istringstream lines{co_await system.shell(system.tool(group_command) + "--describe --group " + group)};
    std::int64_t seen = 0;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words{line};
        std::string name, topic, partition, committed, end;
        words >> name >> topic >> partition >> committed >> end;
        if (name != group || topic != "order.placed") continue;
        ++seen;
        BOOST_TEST(committed == end, "partition " << partition << ": committed " << committed << ", end " << end);
    }
    BOOST_TEST(seen == partitions);
}

awaitable<> expect_every_order_once(order_system& system, const std::set<std::string>& accepted,
                                    const seen_events& events)
{
    const auto store = read_store(system.store());
    std::size_t reserved = 0, missing = 0;
    for (const auto& id : accepted) {
        const auto found = store.reserved.find(id);
        if (found == store.reserved.end())
            ++missing;
        else if (found->second)
            ++reserved;
    }
    BOOST_TEST(missing == 0U);
    BOOST_TEST(store.reserved.size() == accepted.size());
    BOOST_TEST(reserved > 0U);
    BOOST_TEST(reserved < accepted.size());
    BOOST_TEST(store.broken == 0);
    BOOST_TEST(store.available + store.taken == store.initial);
    BOOST_TEST(store.reservations == store.taken);

    BOOST_TEST(events.orders.size() == accepted.size());
    for (const auto& [id, seen] : events.orders) {
        BOOST_TEST(accepted.contains(id), id);
        BOOST_TEST(seen.ids.size() == 1U, id);
        const bool is_reserved = seen.topics == std::set<std::string>{"inventory.reserved"};
        BOOST_TEST((seen.topics.size() == 1 && is_reserved == store.reserved.at(id)), id);
    }
    const auto dead = co_await system.read("order.placed.inventory-service.dlt");
    BOOST_TEST(dead.empty());
    BOOST_TEST_MESSAGE(accepted.size() << " accepted, " << reserved << " reserved, " << events.repeats << " repeats");
}

// The strategy by which Kafka says that the group shares its partitions.
awaitable<> expect_assignor(order_system& system, std::string name)
{
    const auto state = co_await system.shell(system.tool(group_command) + "--describe --state --group " + group);
    BOOST_TEST(state.find(" " + name + " ") != std::string::npos, state);
}

awaitable<> hand_over(variant what)
{
    const auto loop = co_await asio::this_coro::executor;
    order_system system{loop, what.system};
    co_await system.kafka.start();
    const auto checkout = co_await system.run("checkout");
    auto first = co_await system.run("inventory");
    const auto second = co_await system.run("inventory");
    std::unique_ptr<role_process> third, fourth;
    topic_ends handed_over;
    order_load load{loop, {.port = checkout->port(), .rate = 500, .customers = 500}};

    const auto members_come_and_go = [&]() -> awaitable<> {
        co_await until_shared(*first, *second);
        co_await load.accepts(1'000);
        co_await stop_in_time(*first);
        co_await load.accepts(500);
        third = co_await system.run("inventory");
        co_await until_shared(*second, *third);
        co_await load.accepts(1'000);
        co_await until_decided(system.store(), load.accepted().size());
        handed_over = co_await find_ends(system);
        const auto repeats = co_await count_repeats(*second, *third);
        BOOST_TEST_MESSAGE("SIGTERM: " << repeats << " were handled twice");
        if (what.clean_hand_over) BOOST_TEST(repeats == 0);

        second->process.signal(SIGKILL);
        co_await second->process.wait();
        co_await load.accepts(500);
        fourth = co_await system.run("inventory");
        co_await until_shared(*third, *fourth);
        co_await load.accepts(1'000);
    };
    co_await load.during(members_come_and_go);
    BOOST_TEST(load.count(202) == load.orders().size());
    co_await until_decided(system.store(), load.accepted().size());
    const auto repeats = co_await count_repeats(*third, *fourth);
    BOOST_TEST_MESSAGE("in all " << repeats << " were handled twice by those who live");
    co_await expect_assignor(system, what.assignor);
    co_await stop_in_time(*third);
    co_await stop_in_time(*fourth);
    co_await stop_in_time(*checkout);
    co_await expect_all_committed(system);
    const auto events = co_await read_events(system, handed_over);
    if (what.clean_hand_over) BOOST_TEST(events.early_repeats == 0U);
    co_await expect_every_order_once(system, load.accepted(), events);
    co_await system.kafka.discard();
}

const std::string session_limit = "--kafka.session.timeout.ms=6000";

}  // namespace

SLUICE_TEST_CASE(members_hand_over_with_the_default_assignment, 120s)
{
    const variant what{.system = {.flags = {session_limit}}, .assignor = "range"};
    co_await hand_over(what);
}

SLUICE_TEST_CASE(members_hand_over_with_the_cooperative_assignment, 120s)
{
    const variant what{.system = {.flags = {session_limit, "--kafka.partition.assignment.strategy=cooperative-sticky"}},
                       .assignor = "cooperative-sticky",
                       .clean_hand_over = false};
    co_await hand_over(what);
}

SLUICE_TEST_CASE(members_hand_over_with_the_default_assignment_of_the_newest_librdkafka, 120s)
{
    const variant what{.system = {.flags = {session_limit}, .newest_librdkafka = true},
                       .assignor = "cooperative-sticky"};
    co_await hand_over(what);
}

SLUICE_TEST_CASE(members_hand_over_with_the_new_group_protocol, 120s)
{
    const variant what{.system = {.flags = {"--kafka.group.protocol=consumer"}, .newest_librdkafka = true},
                       .assignor = "uniform"};
    co_await hand_over(what);
}
