#include "sluice/flow/stillness.hpp"

#include "sluice/testing/test_case.hpp"

using namespace sluice;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(what_stands_still_is_told_once_each_time_that_the_patience_is_over)
{
    stillness watched;
    const time_point start{};
    std::vector<int> told;
    for (int second = 0; second <= 100; ++second)
        if (watched.observe(17, start + second * 1s, 30s)) told.push_back(second);
    BOOST_TEST(told == (std::vector<int>{30, 60, 90}), boost::test_tools::per_element());
    BOOST_TEST(watched.stuck());
    BOOST_TEST((watched.lasts(start + 100s) == 100s));
}

BOOST_AUTO_TEST_CASE(what_moves_is_never_told_and_what_waits_for_nothing_neither)
{
    stillness moving, idle;
    const time_point start{};
    for (int second = 0; second <= 100; ++second) {
        BOOST_TEST(!moving.observe(second / 29, start + second * 1s, 30s));
        BOOST_TEST(!idle.observe(std::nullopt, start + second * 1s, 30s));
    }
    BOOST_TEST(!idle.stuck());
    BOOST_TEST((idle.lasts(start + 100s) == 0s));
}

BOOST_AUTO_TEST_CASE(what_moves_again_is_no_longer_stuck)
{
    stillness watched;
    const time_point start{};
    BOOST_TEST(!watched.observe(17, start, 30s));
    BOOST_TEST(watched.observe(17, start + 30s, 30s));
    BOOST_TEST(!watched.observe(18, start + 31s, 30s));
    BOOST_TEST(!watched.stuck());
    BOOST_TEST((watched.lasts(start + 41s) == 10s));
    BOOST_TEST(!watched.observe(std::nullopt, start + 42s, 30s));
    BOOST_TEST((watched.lasts(start + 50s) == 0s));
    BOOST_TEST(!watched.observe(18, start + 60s, 30s));  // it begins anew
}
