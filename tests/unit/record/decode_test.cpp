#include "payloads.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace {

using namespace payloads;
using namespace std::chrono_literals;
using sluice::decode_error;
using sluice::from_json;
using kind = decode_error::kind;

const std::string valid = R"({"id":"o-1","items":[{"product_id":"SKU-001","quantity":2,"price":29.99}],"total":59.98,)"
                          R"("created_at":"2026-01-02T03:04:05.678Z","urgency":"high","counts":{"a":1,"b":-2}})";

const order expected{*order_id::from_text("o-1"),
                     {{"SKU-001", 2, money::of_minor(2999)}},
                     money::of_minor(5998),
                     std::chrono::sys_days{std::chrono::January / 2 / 2026} + 3h + 4min + 5s + 678ms,
                     std::nullopt,
                     priority::high,
                     {{"a", 1}, {"b", -2}}};

std::string with(std::string text, std::string_view from, std::string_view to)
{
    const auto at = text.find(from);
    BOOST_REQUIRE(at != text.npos);
    return text.replace(at, from.size(), to);
}

template <class T>
void check_error(std::string_view text, const decode_error& wanted, const sluice::json_limits& limits = {})
{
    const auto got = from_json<T>(text, limits);
    BOOST_TEST_CONTEXT(std::string{text.substr(0, 200)})
    {
        BOOST_REQUIRE(got.has_error());
        BOOST_TEST(static_cast<int>(got.error().what) == static_cast<int>(wanted.what));
        BOOST_TEST(got.error().path == wanted.path);
        BOOST_TEST(got.error().expected == wanted.expected);
        BOOST_TEST(got.error().found == wanted.found);
    }
}

BOOST_AUTO_TEST_SUITE(decode)

BOOST_AUTO_TEST_CASE(a_valid_order_is_read)
{
    const auto got = from_json<order>(valid);
    BOOST_REQUIRE_MESSAGE(got.has_value(), (got.has_error() ? got.error().message() : ""));
    BOOST_TEST((*got == expected));
    BOOST_TEST(sluice::to_json(*got) == valid);
}

BOOST_AUTO_TEST_CASE(an_error_says_where_what_was_expected_and_what_was_found)
{
    struct row {
        std::string_view from, to, path, expected, found;
    };
    const row rows[] = {
        {"29.99", "2.999", "items[0].price", "a number with at most two decimals", "2.999"},
        {"29.99", "2e1", "items[0].price", "a number with at most two decimals and no exponent", "2e1"},
        {"29.99", "92233720368547758.08", "items[0].price",
         "an amount from -92233720368547758.08 to 92233720368547758.07", "92233720368547758.08"},
        {"29.99", "\"29.99\"", "items[0].price", "a number with at most two decimals", "\"29.99\""},
        {"59.98", "null", "total", "a number with at most two decimals", "null"},
        {":2,", ":2147483648,", "items[0].quantity", "a whole number from -2147483648 to 2147483647", "2147483648"},
        {":2,", ":9223372036854775808,", "items[0].quantity", "a whole number from -2147483648 to 2147483647",
         "9223372036854775808"},
        {":2,", ":1e3,", "items[0].quantity", "a whole number without fraction and exponent", "1e3"},
        {":2,", ":1.0,", "items[0].quantity", "a whole number without fraction and exponent", "1.0"},
        {":2,", ":true,", "items[0].quantity", "a whole number", "true"},
        {":2,", ":{},", "items[0].quantity", "a whole number", "an object"},
        {"\"SKU-001\"", "[]", "items[0].product_id", "a string", "an array"},
        {"\"SKU-001\"", "17", "items[0].product_id", "a string", "17"},
        {"\"quantity\":2,", "", "items[0].quantity", "a whole number", "nothing"},
        {"\"quantity\"", "\"product_id\"", "items[0].product_id", "each key once", "a second one"},
        {"\"total\":59.98,", "", "total", "a number with at most two decimals", "nothing"},
        {"\"counts\":{\"a\":1,\"b\":-2}", "\"x\":0", "counts", "an object", "nothing"},
        {"\"b\":-2", "\"a\":-2", "counts.a", "each key once", "a second one"},
        {"\"b\":-2", "\"b c\\n\":-2.5", R"(counts["b c\x0a"])", "a whole number without fraction and exponent", "-2.5"},
        {"{\"a\":1,\"b\":-2}", "[]", "counts", "an object", "an array"},
        {"[{\"product_id\":\"SKU-001\",\"quantity\":2,\"price\":29.99}]", "{}", "items", "an array", "an object"},
        {"\"high\"", "\"urgent\"", "urgency", "one of none, low, high", "\"urgent\""},
        {"\"high\"", "2", "urgency", "one of none, low, high", "2"},
        {"\"o-1\"", "\"1\"", "id", "an id that starts with o-", "\"1\""},
        {"\"o-1\"", "1", "id", "a string", "1"},
        {"2026-01-02", "2026-02-30", "created_at", "a time as in 2026-01-02T03:04:05.678Z (RFC 3339)",
         "\"2026-02-30T03:04:05.678Z\""},
        {"\"urgency\"", "\"note\":1,\"urgency\"", "note", "a string", "1"},
        {"\"urgency\"", "\"note\":null,\"note\":null,\"urgency\"", "note", "each key once", "a second one"},
        {"\"urgency\"", "\"x\":{\"y\":[{},{\"z\":1,\"a\":2,\"\\u007a\":3}]},\"urgency\"", "x.y[1].z", "each key once",
         "a second one"},
        {"\"urgency\"", "\"x\":1,\"y\":2,\"x\":3,\"urgency\"", "x", "each key once", "a second one"},
        {"\"high\"", "\"0123456789012345678901234567890123456789012345678901234567890\"", "urgency",
         "one of none, low, high", "\"0123456789012345678901234567890123456789…\""},
    };
    for (const row& each : rows)
        check_error<order>(with(valid, each.from, each.to),
                           {kind::shape, std::string{each.path}, std::string{each.expected}, std::string{each.found}});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
