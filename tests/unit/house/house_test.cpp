#include "rules.hpp"

#include <boost/test/unit_test.hpp>

namespace {

const auto root = std::filesystem::path{__FILE__}.parent_path() / "../../..";

std::vector<std::string> planted(std::string path, std::string line)
{
    return house::violations({std::move(path), {"#pragma once", std::move(line)}});
}

void nothing_is_wrong_in(const std::string& folder)
{
    const auto files = house::sources(root.lexically_normal(), folder);
    BOOST_TEST(files.size() > 1U);
    for (const auto& file : files)
        for (const auto& violation : house::violations(file)) BOOST_ERROR(violation);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_framework_keeps_the_rules_of_the_house)
{
    nothing_is_wrong_in("framework");
}

BOOST_AUTO_TEST_CASE(the_apps_keep_the_rules_of_the_house)
{
    nothing_is_wrong_in("apps");
}

BOOST_AUTO_TEST_CASE(the_tests_keep_the_rules_of_the_house)
{
    for (const auto& file : house::sources(root.lexically_normal(), "tests"))
        if (!file.path.starts_with("tests/unit/house/"))  // which quotes what it forbids
            for (const auto& violation : house::violations(file)) BOOST_ERROR(violation);
}

BOOST_AUTO_TEST_CASE(an_include_that_goes_up_or_across_is_found)
{
    for (const auto* up : {"flow", "kafka", "process", "testing", "http", "store"})
        BOOST_TEST(
            planted("framework/sluice/record/x.hpp", std::string{"#include \"sluice/"} + up + "/x.hpp\"").size() == 1U);
    BOOST_TEST(planted("framework/sluice/flow/x.cpp", "#include \"sluice/kafka/consumer.hpp\"").size() == 1U);
    BOOST_TEST(planted("framework/sluice/kafka/x.cpp", "#include <sluice/flow/flow.hpp>").size() == 1U);
    BOOST_TEST(planted("framework/sluice/kafka/detail/x.cpp", "#include \"sluice/http/server.hpp\"").size() == 1U);
    BOOST_TEST(planted("framework/sluice/testing/x.cpp", "# include \"sluice/process/role.hpp\"").size() == 1U);
    BOOST_TEST(planted("framework/sluice/attic/x.cpp", "#include \"sluice/base/result.hpp\"").size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_include_that_goes_down_is_none_of_our_business)
{
    BOOST_TEST(planted("framework/sluice/flow/x.cpp", "#include \"sluice/record/record.hpp\"").empty());
    BOOST_TEST(planted("framework/sluice/process/x.cpp", "#include \"sluice/kafka/consumer.hpp\"").empty());
    BOOST_TEST(planted("framework/sluice/base/x.cpp", "#include <boost/asio/post.hpp>").empty());
    BOOST_TEST(planted("apps/orders/x.cpp", "#include \"sluice/process/role.hpp\"").empty());
}

BOOST_AUTO_TEST_CASE(librdkafka_is_found_wherever_it_is_not_at_home)
{
    const std::string line = "#include <librdkafka/rdkafka.h>";
    BOOST_TEST(planted("framework/sluice/kafka/detail/x.hpp", line).empty());
    BOOST_TEST(planted("framework/sluice/process/x.cpp", line).size() == 1U);
    BOOST_TEST(planted("apps/orders/x.cpp", line).size() == 1U);
}

BOOST_AUTO_TEST_CASE(work_that_nobody_waits_for_and_blocking_sleeps_are_found)
{
    BOOST_TEST(planted("apps/x.cpp", "co_spawn(loop, work(), asio::detached);").size() == 1U);
    BOOST_TEST(planted("framework/sluice/base/x.cpp", "std::this_thread::sleep_for(1s);").size() == 1U);
    BOOST_TEST(planted("framework/sluice/base/x.cpp", "co_await sleep_for(1s);  // the clock's").empty());
    BOOST_TEST(planted("framework/sluice/base/x.cpp", "// nothing is asio::detached").empty());
}

BOOST_AUTO_TEST_CASE(a_test_that_sleeps_in_real_time_is_found)
{
    const std::string line = "while (!done) co_await sleep_for(10ms);";
    BOOST_TEST(planted("tests/system/flow/x_test.cpp", line).size() == 1U);
    BOOST_TEST(planted("tests/group.hpp", line).size() == 1U);
    BOOST_TEST(planted("tests/simulation/flow/x_test.cpp", line).empty());
    BOOST_TEST(planted("tests/unit/base/x_test.cpp", line).empty());
}

BOOST_AUTO_TEST_CASE(a_file_above_300_lines_is_found)
{
    const house::source fits{"framework/sluice/base/x.cpp", std::vector<std::string>(300)};
    const house::source too_long{"framework/sluice/base/x.cpp", std::vector<std::string>(301)};
    BOOST_TEST(house::violations(fits).empty());
    BOOST_TEST(house::violations(too_long).size() == 1U);
}
