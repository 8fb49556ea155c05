#include "orders/payment_provider.hpp"
#include "sluice/base/async.hpp"
#include "sluice/process/settings.hpp"
#include "sluice/process/usage_error.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace orders;

BOOST_AUTO_TEST_CASE(a_share_of_charges_fails_half_before_and_half_after_the_charge)
{
    const struct {
        double failures, dice;
        mishap then;
    } table[]{
        {0, 0, mishap::none},      {0, 0.999, mishap::none},   {0.3, 0, mishap::busy},      {0.3, 0.149, mishap::busy},
        {0.3, 0.15, mishap::lost}, {0.3, 0.299, mishap::lost}, {0.3, 0.3, mishap::none},    {0.3, 0.999, mishap::none},
        {1, 0.499, mishap::busy},  {1, 0.5, mishap::lost},     {1, 0.999999, mishap::lost},
    };
    for (const auto& [failures, dice, then] : table)
        BOOST_TEST((mishap_of(failures, dice) == then), failures << " " << dice);
}

BOOST_AUTO_TEST_CASE(the_order_decides_whether_it_is_declined_and_the_share_is_kept)
{
    int some = 0;
    for (int n = 0; n < 10'000; ++n) {
        const auto order = "order-" + std::to_string(n);
        const bool declined = is_declined(order, 0.3);
        some += declined;
        BOOST_TEST(is_declined(order, 0.3) == declined);
        BOOST_TEST((!declined || is_declined(order, 0.31)));
        BOOST_TEST(!is_declined(order, 0));
        BOOST_TEST(is_declined(order, 1));
    }
    BOOST_TEST(some > 2'800);
    BOOST_TEST(some < 3'200);
}

BOOST_AUTO_TEST_CASE(a_share_is_a_number_from_0_to_1)
{
    const auto refusal = [](const std::string& share) -> std::string {
        try {
            const settings given{{.known = provider_settings(), .flags = {{"provider.failures", share}}}};
        } catch (const usage_error& bad) {
            return bad.what();
        }
        return "accepted";
    };
    for (const auto* good : {"0", "0.3", "1"}) BOOST_TEST(refusal(good) == "accepted");
    BOOST_TEST(refusal("30%") ==
               "provider.failures: expected a number from 0 to 1, found \"30%\" (from --provider.failures)");
}
