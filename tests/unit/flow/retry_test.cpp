#include "sluice/flow/retry.hpp"

#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;
using sluice::retry_schedule;
using sluice::retry_settings;

BOOST_AUTO_TEST_SUITE(retry)

BOOST_AUTO_TEST_CASE(delays_double_up_to_the_cap_with_the_upper_half_drawn)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_CONTEXT("seed " << seed)
    {
        retry_schedule schedule{{.attempts = 8, .first_delay = 100ms, .max_delay = 1s}, seed};
        const sluice::duration full[]{100ms, 200ms, 400ms, 800ms, 1s, 1s, 1s};
        for (int attempt = 1; attempt <= 7; ++attempt)
            for (int draw = 0; draw < 50; ++draw) {
                const auto delay = schedule.after(attempt).value();
                BOOST_TEST((delay >= full[attempt - 1] / 2 && delay <= full[attempt - 1]));
            }
    }
}

BOOST_AUTO_TEST_CASE(the_last_attempt_is_not_followed_by_a_wait)
{
    retry_schedule thrice{{.attempts = 3}, 1};
    BOOST_TEST(thrice.after(2).has_value());
    BOOST_TEST(!thrice.after(3).has_value());
    retry_schedule once{{.attempts = 1}, 1};
    BOOST_TEST(!once.after(1).has_value());
}

BOOST_AUTO_TEST_CASE(zero_attempts_mean_for_ever)
{
    retry_schedule schedule{{.attempts = 0, .first_delay = 1ms, .max_delay = 5s}, 7};
    BOOST_TEST((schedule.after(2'000'000'000).value() <= 5s));
}

BOOST_AUTO_TEST_CASE(the_same_seed_draws_the_same_delays)
{
    retry_schedule one{{.attempts = 0}, 42}, other{{.attempts = 0}, 42};
    for (int attempt = 1; attempt < 20; ++attempt)
        BOOST_TEST((one.after(attempt).value() == other.after(attempt).value()));
}

BOOST_AUTO_TEST_SUITE_END()
