#include "sluice/kafka/admin.hpp"

#include "sluice/testing/test_case.hpp"
#include "system/kafka/one_broker.hpp"

using namespace sluice;
using namespace std::chrono_literals;

SLUICE_TEST_CASE(topics_are_created_from_their_declarations_and_compared_with_them, 120s)
{
    one_broker cluster{co_await asio::this_coro::executor};
    const declared_topic orders{"orders", {.partitions = 3, .config = {{"retention.ms", "3600000"}}}};
    const declared_topic stock{"stock", {.partitions = 2}};
    co_await cluster.start({});
    kafka::admin admin{cluster.with(), cluster.blocking, {}, {.replication_factor = 1}};

    const std::vector<topic_declaration> both{orders, stock};
    const auto first = co_await admin.ensure(both);
    BOOST_REQUIRE_MESSAGE(first.has_value(), first.error().message());
    BOOST_TEST((first->created == std::vector<std::string>{"orders", "stock"}));
    BOOST_TEST(first->differences.empty());
    const auto listed = co_await admin.topics();
    BOOST_REQUIRE_MESSAGE(listed.has_value(), listed.error().message());
    BOOST_TEST(listed->size() == 5);

    const auto again = co_await admin.ensure(both);
    BOOST_REQUIRE(again.has_value());
    BOOST_TEST(again->created.empty());
    BOOST_TEST(again->differences.empty());

    const std::vector<topic_declaration> others{
        declared_topic{"orders", {.partitions = 12, .config = {{"retention.ms", "7"}, {"max.message.bytes", "2000"}}}}};
    const auto compared = co_await admin.ensure(others);
    BOOST_REQUIRE(compared.has_value());
    BOOST_REQUIRE(compared->differences.size() == 3);
    BOOST_TEST(compared->differences[0].message() == "orders: partitions: declared 12, found 3");
    BOOST_TEST(compared->differences[1].message() == "orders: max.message.bytes: declared 2000, found 1048588");
    BOOST_TEST(compared->differences[2].message() == "orders: retention.ms: declared 7, found 3600000");
    const auto unchanged = co_await admin.ensure(both);
    BOOST_TEST(unchanged->differences.empty());

    const std::vector<topic_declaration> wrong{declared_topic{"new", {.config = {{"retention", "1"}}}}};
    const auto refused = co_await admin.ensure(wrong);
    BOOST_REQUIRE(refused.has_error());
    BOOST_TEST((refused.error() == errc::invalid));
    BOOST_TEST(refused.error().message().find("new") != std::string::npos);
    BOOST_TEST(refused.error().message().find("retention") != std::string::npos, refused.error().message());
    co_await cluster.kafka.discard();
}
