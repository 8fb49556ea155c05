#include "sluice/flow/limiter.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

namespace {

using namespace sluice;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(limiters)

BOOST_AUTO_TEST_CASE(a_burst_goes_at_once_and_then_as_many_as_the_rate_allows)
{
    limiter one{{.per_second = 10, .burst = 3}};
    auto now = time_point{} + 1h;
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST((one.next(now) == now));
        one.take(now);
    }
    for (int i = 1; i <= 5; ++i) {
        BOOST_TEST((one.next(now) == now + 100ms));
        now += 100ms;
        one.take(now);
    }
    now += 10min;  // what was not used is not saved up beyond the burst
    for (int i = 0; i < 3; ++i) one.take(now);
    BOOST_TEST((one.next(now) == now + 100ms));
}

BOOST_AUTO_TEST_CASE(in_no_span_of_time_do_more_start_than_the_bucket_and_the_rate_give)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_CONTEXT("seed " << seed)
    {
        std::mt19937 dice{seed};
        for (int round = 0; round < 50; ++round) {
            const rate_limit limit{.per_second = 0.5 + dice() % 100, .burst = 1 + dice() % 10};
            limiter one{limit};
            std::vector<time_point> starts;
            auto now = time_point{} + 1h;
            for (int i = 0; i < 200; ++i) {
                now = std::max(now + (dice() % 4 == 0 ? std::chrono::milliseconds{dice() % 2000} : 0ms), one.next(now));
                one.take(now);
                starts.push_back(now);
            }
            for (std::size_t from = 0; from < starts.size(); ++from)
                for (std::size_t to = from; to < starts.size(); ++to) {
                    const auto span = std::chrono::duration<double>(starts[to] - starts[from]).count();
                    BOOST_REQUIRE(static_cast<double>(to - from + 1) <=
                                  static_cast<double>(limit.burst) + limit.per_second * span + 1e-3);
                }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
