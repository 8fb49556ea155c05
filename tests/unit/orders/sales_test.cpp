#include "orders/sales.hpp"

#include "sluice/base/rfc3339.hpp"
#include "sluice/flow/failure.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace sluice;
using namespace orders;

namespace {

timestamp at(std::string_view text)
{
    return from_rfc3339(text).value();
}

payment_captured payment(std::string_view when, std::vector<order_item> items, std::int64_t total)
{
    return {"o-1", "c-1", std::move(items), money::of_minor(total), "p-1", at(when)};
}

bool makes_sense(const payment_captured& what)
{
    try {
        check(what);
        return true;
    } catch (const permanent_failure&) {
        return false;
    }
}

using query = std::vector<http::name_value>;
const auto now = at("2026-03-01T12:34:56.789Z");

}  // namespace

BOOST_AUTO_TEST_CASE(payments_add_up_by_minute_of_their_capture_and_by_product)
{
    sales_increments sums;
    sums.add(payment("2026-03-01T12:00:00.000Z", {{"apple", 2, money::of_minor(150)}, {"pear", 1, money::of_minor(99)}},
                     399));
    sums.add(payment("2026-03-01T12:00:59.999Z", {{"apple", 1, money::of_minor(150)}}, 150));
    sums.add(payment("2026-03-01T12:01:00.000Z", {{"apple", 4, money::of_minor(1)}}, 4));
    BOOST_REQUIRE(sums.minutes.size() == 2u);
    const auto& first = sums.minutes.at(at("2026-03-01T12:00:00Z"));
    BOOST_TEST(first.orders == 2);
    BOOST_TEST(first.units == 4);
    BOOST_TEST(first.revenue.minor() == 549);
    const auto& second = sums.minutes.at(at("2026-03-01T12:01:00Z"));
    BOOST_TEST(second.orders == 1);
    BOOST_TEST(second.units == 4);
    BOOST_TEST(second.revenue.minor() == 4);
    BOOST_REQUIRE(sums.products.size() == 3u);
    const auto& apples = sums.products.at({at("2026-03-01T12:00:00Z"), "apple"});
    BOOST_TEST(apples.units == 3);
    BOOST_TEST(apples.revenue.minor() == 450);
}

BOOST_AUTO_TEST_CASE(a_minute_before_1970_is_rounded_down_too)
{
    BOOST_TEST((minute_of(at("1969-12-31T23:59:59.999Z")) == at("1969-12-31T23:59:00Z")));
}

BOOST_AUTO_TEST_CASE(a_payment_that_makes_no_sense_is_told)
{
    const auto fine = payment("2026-03-01T12:00:00Z", {{"apple", 2, money::of_minor(150)}}, 300);
    BOOST_TEST(makes_sense(fine));
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    const std::pair<const char*, void (*)(payment_captured&)> rows[] = {
        {"no order", [](payment_captured& p) { p.order_id.clear(); }},
        {"a NUL", [](payment_captured& p) { p.order_id = std::string{"a\0b", 3}; }},
        {"a long id", [](payment_captured& p) { p.order_id.assign(257, 'a'); }},
        {"no product", [](payment_captured& p) { p.items[0].product_id.clear(); }},
        {"nothing of it", [](payment_captured& p) { p.items[0].quantity = 0; }},
        {"less than nothing", [](payment_captured& p) { p.items[0].quantity = -1; }},
        {"too many", [](payment_captured& p) { p.items[0].quantity = most; }},
        {"too many together",
         [](payment_captured& p) {
             p.items[0].quantity = 600'000'000'000'000;
             p.items[0].price = money{};
             p.items.push_back(p.items[0]);
         }},
        {"a negative price", [](payment_captured& p) { p.items[0].price = money::of_minor(-1); }},
        {"another total", [](payment_captured& p) { p.total = money::of_minor(299); }},
        {"a price too high", [](payment_captured& p) { p.items[0].price = money::of_minor(most); }},
        {"a negative total", [](payment_captured& p) { p.total = money::of_minor(-1); }},
        {"a total too high", [](payment_captured& p) {
             p.items[0] = {"gold", 1, money::of_minor(1'000'000'000'000'001)};
             p.total = p.items[0].price;
         }}};
    for (const auto& [name, spoil] : rows) {
        auto spoiled = fine;
        spoil(spoiled);
        BOOST_TEST(!makes_sense(spoiled), name);
    }
}

BOOST_AUTO_TEST_CASE(a_thousand_of_the_largest_payments_do_not_overflow)
{
    sales_increments sums;
    const auto largest =
        payment("2026-03-01T12:00:00Z", {{"gold", 1'000'000'000, money::of_minor(1'000'000)}}, 1'000'000'000'000'000);
    BOOST_TEST(makes_sense(largest));
    for (int i = 0; i < 1'000; ++i) sums.add(largest);
    BOOST_TEST(sums.minutes.begin()->second.revenue.minor() == 1'000'000'000'000'000'000);
}

BOOST_AUTO_TEST_CASE(a_range_is_the_whole_minutes_that_it_touches)
{
    struct row {
        query asked;
        const char *from, *to;
    };
    const row rows[] = {{{}, "2026-03-01T11:35:00Z", "2026-03-01T12:35:00Z"},
                        {{{"from", "2026-03-01T12:30:30Z"}}, "2026-03-01T12:30:00Z", "2026-03-01T12:35:00Z"},
                        {{{"to", "2026-02-01T00:00:00Z"}}, "2026-01-31T23:00:00Z", "2026-02-01T00:00:00Z"},
                        {{{"from", "2026-03-01T10:00:59.999Z"}, {"to", "2026-03-01T10:00:59.9995Z"}},
                         "2026-03-01T10:00:00Z",
                         "2026-03-01T10:01:00Z"},
                        {{{"to", "2026-03-02T01:00:00+01:00"}, {"from", "2026-03-01T00:00:00Z"}},
                         "2026-03-01T00:00:00Z",
                         "2026-03-02T00:00:00Z"}};
    for (const auto& [asked, from, to] : rows) {
        const auto got = asked_range(asked, now);
        BOOST_REQUIRE(got.has_value());
        BOOST_TEST((*got == time_range{at(from), at(to)}), to_rfc3339(got->from) << " to " << to_rfc3339(got->to));
    }
}

BOOST_AUTO_TEST_CASE(a_bad_parameter_is_named)
{
    const std::pair<query, const char*> rows[] = {
        {{{"from", "yesterday"}}, "from"},
        {{{"from", ""}}, "from"},
        {{{"to", "2026-02-30T00:00:00Z"}}, "to"},
        {{{"from", "2026-03-01T12:00:00Z"}, {"from", "2026-03-01T12:00:00Z"}}, "from"},
        {{{"form", "2026-03-01T12:00:00Z"}}, "form"},
        {{{"from", "2026-03-01T12:00:00Z"}, {"to", "2026-03-01T12:00:00Z"}}, "from"},
        {{{"from", "2026-03-02T12:00:00Z"}}, "from"},
        {{{"from", "2026-03-01T00:00:00Z"}, {"to", "2026-03-02T00:00:00.001Z"}}, "from"},
        {{{"from", "0000-01-01T00:00:00Z"}}, "from"}};
    for (const auto& [asked, name] : rows) {
        const auto got = asked_range(asked, now);
        BOOST_REQUIRE(!got.has_value());
        BOOST_TEST(got.error().status == 400u);
        BOOST_TEST(got.error().members.at("parameter") == name, name);
    }
}
