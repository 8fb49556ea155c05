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
