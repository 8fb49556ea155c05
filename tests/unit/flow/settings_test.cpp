#include "sluice/flow/settings.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;

BOOST_AUTO_TEST_CASE(flow_settings_name_the_first_bad_property)
{
    const auto complaint = [](auto change) {
        flow_settings settings{.group = "g"};
        change(settings);
        const auto checked = settings.validate();
        return checked ? "" : checked.error().message();
    };
    const std::string of = "flow of group \"g\": ";
    BOOST_TEST(complaint([](auto&) {}) == "");
    BOOST_TEST(complaint([](auto& s) { s.group = ""; }) == "flow of group \"\": group must not be empty");
    BOOST_TEST(complaint([](auto& s) { s.order = by_key{.running = 0}; }) == of + "order.running must be at least 1");
    BOOST_TEST(complaint([](auto& s) { s.retry.attempts = 0; }) == of + "retry.attempts must be at least 1");
    BOOST_TEST(complaint([](auto& s) { s.retry.max_delay = {}; }) ==
               of + "retry.max_delay must not be less than first_delay");
    BOOST_TEST(complaint([](auto& s) { s.mode = delivery::at_most_once; }) == "");
    BOOST_TEST(complaint([](auto& s) {
                   s.mode = delivery::at_most_once;
                   s.retry.attempts = 2;
               }) == of + "retry.attempts is 1 at most once");
    BOOST_TEST(complaint([](auto& s) {
                   s.mode = delivery::at_most_once;
                   s.dead_letters = true;
               }) == of + "dead_letters do not go with at most once");
    using std::chrono_literals::operator""s;
    using std::chrono_literals::operator""us;
    BOOST_TEST(complaint([](auto& s) { s.retry.total = -1s; }) == of + "retry.total must not be negative");
    BOOST_TEST(complaint([](auto& s) { s.retry_topics = {1s}; }) == of + "retry_topics are for unordered flows");
    const auto unordered_with = [&](duration delay, std::int32_t attempts) {
        return complaint([&](auto& s) {
            s.order = unordered{};
            s.retry.attempts = attempts;
            s.retry_topics = {1s, delay};
        });
    };
    BOOST_TEST(unordered_with(30s, 1) == "");
    BOOST_TEST(unordered_with(30s, 2) == of + "retry_topics stand for retry.attempts, which must be 1");
    for (const duration delay : {duration{0s}, duration{1us}})
        BOOST_TEST(unordered_with(delay, 1) == of + "retry_topics must be whole milliseconds, and more than 0");
    BOOST_TEST(complaint([](auto& s) { s.breaker = breaker_settings{.window = 0}; }) ==
               of + "breaker.window must be at least 1");
    for (const double share : {0.0, 1.1})
        BOOST_TEST(complaint([&](auto& s) { s.breaker = breaker_settings{.failures = share}; }) ==
                   of + "breaker.failures must be more than 0, and at most 1");
    BOOST_TEST(complaint([](auto& s) { s.breaker = breaker_settings{.open = {}}; }) ==
               of + "breaker.open must be more than 0");
    BOOST_TEST(complaint([](auto& s) { s.limit = rate_limit{}; }) == of + "limit.per_second must be from 0.001 to 1e9");
    BOOST_TEST(complaint([](auto& s) { s.limit = rate_limit{.per_second = 1, .burst = 0}; }) ==
               of + "limit.burst must be from 1 to 1,000,000");
    BOOST_TEST(complaint([](auto& s) { s.parked = 0; }) == of + "parked must be at least 1");
    BOOST_TEST(complaint([](auto& s) { s.ahead = 0; }) == of + "ahead must be at least 1");
    BOOST_TEST(complaint([](auto& s) { s.commit_interval = {}; }) == of + "commit_interval must be more than 0");
    BOOST_TEST(complaint([](auto& s) { s.drain = -s.commit_interval; }) == of + "drain must not be negative");
    BOOST_TEST(complaint([](auto& s) { s.sending.attempts = -1; }) == of + "sending.attempts must not be negative");
    BOOST_TEST(complaint([](auto& s) { s.sending.first_delay = {}; }) ==
               of + "sending.first_delay must be more than 0");
    BOOST_TEST(complaint([](auto& s) { s.sending.max_delay = {}; }) ==
               of + "sending.max_delay must not be less than first_delay");
}
