#include "sluice/kafka/admin.hpp"

#include "declared_topic.hpp"
#include "sluice/kafka/detail/client.hpp"
#include "sluice/kafka/detail/partition_list.hpp"
#include "sluice/kafka/embedded_broker.hpp"
#include "sluice/kafka/errors.hpp"
#include "sluice/kafka/producer.hpp"
#include "sluice/testing/test_case.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

// As a member of the group would, outside of any assignment.
void commit(const kafka::settings& to, const std::string& group, const positions& what)
{
    using namespace kafka::detail;
    const auto member = client::make(to, client_kind::consumer, {{"group.id", group}}, 0, {}).value();
    const auto list = to_list(what);
    kafka::check(rd_kafka_commit(member.get(), list.get(), 0), "commit").value();
}

awaitable<> fill(kafka::producer& producer, std::string topic, std::int32_t partition, int count)
{
    std::vector<outgoing> records;
    for (int i = 0; i < count; ++i) records.push_back({.topic = topic, .value = "v", .partition = partition});
    const auto sent = co_await producer.send_all(std::move(records));
    for (const auto& each : sent) BOOST_REQUIRE(each.has_value());
}

}  // namespace

SLUICE_TEST_CASE(topics_are_listed_with_what_their_partitions_hold)
{
    kafka::embedded_broker broker;
    broker.create_topic("orders", 3);
    broker.create_topic("stock", 1);
    offload blocking;
    const auto loop = co_await asio::this_coro::executor;
    kafka::producer producer{loop, broker.client_settings(), {}, blocking, {}};
    co_await fill(producer, "orders", 1, 5);
    kafka::admin admin{broker.client_settings(), blocking, {}};
    const auto all = co_await admin.topics();
    const std::vector<kafka::partition_range> expected{
        {{"orders", 0}, 0, 0}, {{"orders", 1}, 0, 5}, {{"orders", 2}, 0, 0}, {{"stock", 0}, 0, 0}};
    BOOST_TEST((all.value() == expected));

    const std::vector<std::string> missing{"stock", "payments"};
    const auto unknown = co_await admin.topics(missing);
    BOOST_REQUIRE(unknown.has_error());
    BOOST_TEST((unknown.error() == errc::not_found));
    BOOST_TEST(unknown.error().message() == "there is no topic payments");
    const auto still = co_await admin.topics();
    BOOST_TEST(still->size() == 4);  // none came into being by the question
}

SLUICE_TEST_CASE(the_lag_of_a_group_is_what_it_has_still_to_handle)
{
    kafka::embedded_broker broker;
    broker.create_topic("orders", 3);
    offload blocking;
    const auto loop = co_await asio::this_coro::executor;
    kafka::producer producer{loop, broker.client_settings(), {}, blocking, {}};
    co_await fill(producer, "orders", 0, 7);
    co_await fill(producer, "orders", 1, 5);
    const positions finished{{.where = {"orders", 0}, .offset = 4, .metadata = "5-6"}};
    auto work = [&](std::stop_token) { commit(broker.client_settings(), "stock", finished); };
    co_await blocking.run(std::move(work));

    kafka::admin admin{broker.client_settings(), blocking, {}};
    const std::vector<std::string> topics{"orders"};
    const auto lag = co_await admin.lag("stock", topics);
    BOOST_REQUIRE(lag.has_value());
    BOOST_REQUIRE(lag->size() == 3);
    BOOST_TEST(lag->at(0).committed.value() == 4);
    BOOST_TEST(lag->at(0).end == 7);
    BOOST_TEST(lag->at(0).lag == 3);
    BOOST_TEST(!lag->at(1).committed);
    BOOST_TEST(lag->at(1).lag == 5);
    BOOST_TEST(lag->at(2).lag == 0);

    const partitions both{{"orders", 0}, {"orders", 1}};
    const auto committed = co_await admin.committed("stock", both);
    BOOST_REQUIRE(committed.has_value());
    BOOST_TEST((committed->at(0) == finished[0]));
    BOOST_TEST(committed->at(1).offset == position::stored);
}

SLUICE_TEST_CASE(a_topic_that_differs_from_its_declaration_is_told_and_left_alone)
{
    kafka::embedded_broker broker;
    broker.create_topic("orders", 4);
    broker.create_topic("stock", 2);
    offload blocking;
    kafka::admin admin{broker.client_settings(), blocking, {}};
    const std::vector<topic_declaration> declared{declared_topic{"orders", {.partitions = 12}},
                                                  declared_topic{"stock", {.partitions = 2}}};
    const auto ensured = co_await admin.ensure(declared);
    BOOST_REQUIRE(ensured.has_value());
    BOOST_TEST(ensured->created.empty());
    BOOST_REQUIRE(ensured->differences.size() == 1);
    BOOST_TEST(ensured->differences[0].message() == "orders: partitions: declared 12, found 4");
}

SLUICE_TEST_CASE(a_cluster_that_is_away_is_told_in_time)
{
    kafka::embedded_broker broker;
    broker.down();
    offload blocking;
    kafka::admin admin{broker.client_settings(), blocking, {}, {.time_limit = 500ms}};
    const auto all = co_await admin.topics();
    BOOST_REQUIRE(all.has_error());
    const bool away = all.error() == errc::unavailable || all.error() == errc::timed_out;
    BOOST_TEST(away, all.error().message());
}
