#include "orders/order_status.hpp"

#include <boost/test/unit_test.hpp>

using namespace orders;
using namespace std::chrono_literals;

namespace {

constexpr sluice::timestamp logged{9s}, told{5s};
const std::vector<order_item> items{{"SKU-001", 2, sluice::money::of_minor(2'999)}};
const auto total = sluice::money::of_minor(5'998);

}  // namespace

BOOST_AUTO_TEST_CASE(an_orders_state_is_the_furthest_that_it_has_come)
{
    struct row {
        order_times times;
        order_state state;
    };
    const row rows[] = {
        {{}, order_state::placed},
        {{.placed = told}, order_state::placed},
        {{.emailed = told}, order_state::placed},
        {{.placed = told, .reserved = told}, order_state::reserved},
        {{.placed = told, .rejected = told, .emailed = logged}, order_state::rejected},
        {{.reserved = told, .paid = told}, order_state::paid},
        {{.paid = told}, order_state::paid},
        {{.reserved = logged, .declined = told}, order_state::declined},
        {{.declined = logged, .released = told}, order_state::released},
        {{.released = told}, order_state::released},
    };
    for (const auto& [times, state] : rows) BOOST_TEST((state_of(times) == state), sluice::to_json(times));
}

BOOST_AUTO_TEST_CASE(each_event_tells_its_time_or_that_of_its_record)
{
    const auto about = [](order_times times, std::optional<sluice::money> sum = {}) {
        return order_status{"o-1", "c-1", sum, times};
    };
    BOOST_TEST((told_by(order_placed{"o-1", "c-1", items, total, told}, logged) == about({.placed = told}, total)));
    BOOST_TEST((told_by(stock_reserved{"o-1", "c-1", items, total}, logged) == about({.reserved = logged}, total)));
    BOOST_TEST((told_by(stock_rejected{"o-1", "c-1", {}, {}}, logged) == about({.rejected = logged})));
    BOOST_TEST((told_by(stock_released{"o-1", "c-1", items}, logged) == about({.released = logged})));
    BOOST_TEST(
        (told_by(payment_captured{"o-1", "c-1", items, total, "p", told}, logged) == about({.paid = told}, total)));
    BOOST_TEST((told_by(payment_declined{"o-1", "c-1", items, total, "no", told}, logged) ==
                about({.declined = told}, total)));
    BOOST_TEST((told_by(email_sent{"o-1", "c-1", "<m>", told}, logged) == about({.emailed = told})));
}
