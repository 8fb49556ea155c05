#include "sluice/record/money.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

namespace {

using sluice::money;

BOOST_AUTO_TEST_SUITE(money_)

BOOST_AUTO_TEST_CASE(at_most_two_decimals_are_read_exactly)
{
    const std::pair<std::string_view, std::int64_t> rows[] = {
        {"29.99", 2999},
        {"29.9", 2990},
        {"29", 2900},
        {"0.1", 10},
        {"0.01", 1},
        {"-0.01", -1},
        {"-0", 0},
        {"0.00", 0},
        {"-1.5", -150},
        {"1.10", 110},
        {"92233720368547758.07", std::numeric_limits<std::int64_t>::max()},
        {"-92233720368547758.08", std::numeric_limits<std::int64_t>::min()},
    };
    for (const auto& [text, minor] : rows) BOOST_TEST(money::from_text(text).value().minor() == minor, text);
}

BOOST_AUTO_TEST_CASE(everything_else_is_refused_with_the_reason)
{
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"2.999", "a number with at most two decimals"},
        {"2.990", "a number with at most two decimals"},
        {"2.", "a number with at most two decimals"},
        {".5", "a number with at most two decimals"},
        {"", "a number with at most two decimals"},
        {"-", "a number with at most two decimals"},
        {"+1", "a number with at most two decimals"},
        {"1e3", "a number with at most two decimals and no exponent"},
        {"1.5E0", "a number with at most two decimals and no exponent"},
        {"92233720368547758.08", "an amount from -92233720368547758.08 to 92233720368547758.07"},
        {"-92233720368547758.09", "an amount from -92233720368547758.08 to 92233720368547758.07"},
        {"92233720368547759", "an amount from -92233720368547758.08 to 92233720368547758.07"},
        {"1000000000000000000000000", "an amount from -92233720368547758.08 to 92233720368547758.07"},
    };
    for (const auto& [text, expected] : rows) {
        const auto got = money::from_text(text);
        BOOST_REQUIRE_MESSAGE(got.has_error(), text);
        BOOST_TEST(got.error().expected == expected, text);
        BOOST_TEST(got.error().found == text);
    }
}

BOOST_AUTO_TEST_CASE(the_text_has_both_decimals_always)
{
    const std::pair<std::int64_t, std::string_view> rows[] = {
        {0, "0.00"},     {5, "0.05"},         {-5, "-0.05"},
        {2990, "29.90"}, {-12345, "-123.45"}, {std::numeric_limits<std::int64_t>::min(), "-92233720368547758.08"},
    };
    for (const auto& [minor, text] : rows) BOOST_TEST(money::of_minor(minor).to_text() == text);
}

BOOST_AUTO_TEST_CASE(sums_and_products_that_do_not_fit_are_told)
{
    const auto most = money::of_minor(std::numeric_limits<std::int64_t>::max());
    BOOST_TEST((money::of_minor(5).plus(money::of_minor(-7)) == money::of_minor(-2)));
    BOOST_TEST((money::of_minor(2999).times(2) == money::of_minor(5998)));
    BOOST_TEST((most.plus(money::of_minor(1)) == std::nullopt));
    BOOST_TEST((most.times(2) == std::nullopt));
    BOOST_TEST((money::of_minor(1) < money::of_minor(2)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
