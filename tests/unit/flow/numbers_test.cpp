#include "sluice/flow/numbers.hpp"

#include "sluice/flow/committer.hpp"

#include "sluice/testing/simulated_broker.hpp"
#include "sluice/testing/test_case.hpp"

#include <optional>

using namespace sluice;

SLUICE_VIRTUAL_TEST_CASE(the_numbers_of_the_shards_flows_are_added_up)
{
    testing::simulated_broker broker{co_await asio::this_coro::executor};
    broker.log().create("in", 2);
    const flow_settings settings{.group = "g", .handler = "h"};
    const logger silent;
    const committer commits{broker.join(broker.group("in")), settings, silent, broker.time()};
    metrics all;
    const auto value_of = [&](const std::string& name) {
        const auto start = name + R"({group="g",handler="h"} )";
        const auto page = all.text();
        const auto at = page.find(start);
        return at == page.npos ? -1 : std::stoi(page.substr(at + start.size()));
    };
    std::optional<flow_numbers> one{std::in_place, all, settings};
    flow_numbers other{all, settings};
    one->report({.handled = 3, .running = 2, .partitions = 5}, commits);
    other.report({.handled = 4, .running = 1, .partitions = 7}, commits);
    one->report({.handled = 5, .running = 0, .partitions = 4}, commits);
    BOOST_TEST(value_of("sluice_records_handled_total") == 9);
    BOOST_TEST(value_of("sluice_records_running") == 1);
    BOOST_TEST(value_of("sluice_partitions_assigned") == 11);
    one.reset();
    BOOST_TEST(value_of("sluice_records_handled_total") == 9);
    BOOST_TEST(value_of("sluice_partitions_assigned") == 7);
}
