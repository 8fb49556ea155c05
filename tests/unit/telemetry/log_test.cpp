#include "sluice/telemetry/log.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <regex>
#include <thread>

namespace {

using sluice::log_level;
using sluice::logger;
using shape = logger::settings::shape;

struct lines {
    std::vector<std::string> all;
    logger log(log_level level = log_level::debug, shape format = shape::json)
    {
        return logger::to([this](std::string_view line) { all.emplace_back(line); }, level, format);
    }
};

BOOST_AUTO_TEST_SUITE(log)

BOOST_AUTO_TEST_CASE(a_json_line_has_time_level_message_and_the_fields)
{
    lines written;
    written.log()
        .with("role", "inventory")
        .with("topic", "order.placed")
        .with("partition", 3)
        .with("offset", 1042)
        .info("reserved {} items", 2);
    BOOST_REQUIRE(written.all.size() == 1);
    const auto line = boost::json::parse(written.all[0]).as_object();
    const std::regex time{R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"};
    BOOST_TEST(std::regex_match(std::string{line.at("time").as_string()}, time));
    BOOST_TEST(boost::json::serialize(line).find(R"("level":"info","message":"reserved 2 items","role":"inventory",)"
                                                 R"("topic":"order.placed","partition":3,"offset":1042})") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_text_line_is_for_people)
{
    lines written;
    const auto log = written.log(log_level::debug, shape::text);
    log.warning("low");
    log.with("role", "inventory")
        .with("topic", "order.placed")
        .with("partition", "3")
        .with("offset", 1042)
        .with("trace", "ab")
        .info("reserved {} items", 2);
    BOOST_REQUIRE(written.all.size() == 2);
    const std::string time = R"(\d\d:\d\d:\d\d\.\d{3} )";
    BOOST_TEST(std::regex_match(written.all[0], std::regex{time + "warning low"}), written.all[0]);
    BOOST_TEST(std::regex_match(written.all[1],
                                std::regex{time + "info    inventory order.placed/3@1042  reserved 2 items  trace=ab"}),
               written.all[1]);
}

BOOST_AUTO_TEST_CASE(hostile_text_stays_one_valid_line)
{
    const std::string hostile{"a\n\"}\x1b[2J\xff\0b", 11};
    lines written;
    written.log().with("k\n", hostile).error("{}", hostile);
    written.log(log_level::debug, shape::text).with("k\n", hostile).error("{}", hostile);
    const auto line = boost::json::parse(written.all.at(0)).as_object();
    BOOST_TEST(std::string{line.at("message").as_string()} == (std::string{"a\n\"}\x1b[2J\uFFFD\0b", 13}));
    BOOST_TEST(line.at("k\n") == line.at("message"));
    BOOST_TEST(written.all.at(1).ends_with(R"(error   a\x0a"}\x1b[2J\xff\x00b  k\x0a=a\x0a"}\x1b[2J\xff\x00b)"),
               written.all.at(1));
}

BOOST_AUTO_TEST_CASE(a_field_of_the_same_name_is_replaced_and_the_first_logger_keeps_its_own)
{
    lines written;
    const auto first = written.log().with("role", "one");
    first.with("role", "two").info("x");
    first.info("x");
    BOOST_TEST(written.all.at(0).ends_with(R"("role":"two"})"));
    BOOST_TEST(written.all.at(1).ends_with(R"("role":"one"})"));
}

BOOST_AUTO_TEST_CASE(a_level_below_the_logger_s_is_not_written_nor_formatted)
{
    lines written;
    const auto log = written.log(log_level::warning);
    log.debug("no");
    log.info("no");
    BOOST_TEST(written.all.empty());
    BOOST_TEST(!log.enabled(log_level::info));
    BOOST_TEST(log.enabled(log_level::error));
    log.warning("yes");
    log.error("yes");
    BOOST_TEST(written.all.size() == 2u);
    written.log(log_level::off).error("no");
    BOOST_TEST(written.all.size() == 2u);
    logger{}.error("nowhere");
    BOOST_TEST(!logger{}.enabled(log_level::error));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_formatted_or_written_is_no_failure)
{
    lines written;
    const int negative = -1;
    written.log().info("{:{}}", 1, negative);
    BOOST_TEST(written.all.at(0).find(R"("message":"{:{}} ()") != std::string::npos, written.all.at(0));
    logger::to([](std::string_view) { throw std::runtime_error{"a sink that fails"}; }).info("x");
    logger::to([](std::string_view) { throw 1; }).info("x");
}

BOOST_AUTO_TEST_CASE(lines_of_many_threads_come_whole)
{
    lines written;
    const auto log = written.log();
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 4; ++thread)
            threads.emplace_back([&log, thread] {
                for (int i = 0; i < 250; ++i) log.with("thread", thread).info("line {}", i);
            });
    }
    BOOST_TEST(written.all.size() == 1000u);
    for (const auto& line : written.all) BOOST_TEST(boost::json::parse(line).is_object());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
