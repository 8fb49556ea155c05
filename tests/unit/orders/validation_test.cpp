#include "orders/checkout.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace orders;
using sluice::money;
using sluice::http::header_fields;
using namespace std::string_literals;

namespace {

const header_fields good_headers{{"Content-Type", "application/json"}, {"X-Customer-ID", "c-1"}};

std::string body_with(std::string_view item)
{
    return R"({"items":[)" + std::string{item} + "]}";
}

std::string item(std::string_view product_id = "\"SKU-001\"", std::string_view quantity = "2",
                 std::string_view price = "29.99")
{
    return R"({"product_id":)" + std::string{product_id} + R"(,"quantity":)" + std::string{quantity} + R"(,"price":)" +
           std::string{price} + "}";
}

std::string repeated(std::string_view what, std::size_t times)
{
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all.append(i ? "," : "").append(what);
    return all;
}

struct refused {
    std::string what;
    std::string body;
    unsigned status;
    std::string type;
    std::string field;
    header_fields headers = good_headers;
};

void check(const refused& row)
{
    BOOST_TEST_CONTEXT(row.what)
    {
        const auto order = validate(row.body, row.headers);
        BOOST_REQUIRE(order.has_error());
        const auto problem = order.error();
        BOOST_TEST(problem.status == row.status);
        BOOST_TEST(problem.type == "/problems/" + row.type);
        const auto* const field = problem.members.if_contains("field");
        BOOST_TEST((field ? field->as_string() : "") == row.field);
        BOOST_TEST(!problem.detail.empty());
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_good_order_is_added_up_exactly)
{
    const auto order = validate(body_with(item() + "," + item("\"SKU-002\"", "1000", "0.01")), good_headers);
    BOOST_REQUIRE(order.has_value());
    BOOST_TEST(order->customer_id == "c-1");
    BOOST_TEST(order->items.size() == 2u);
    BOOST_TEST((order->total == money::of_minor(2 * 2999 + 1000)));
}

BOOST_AUTO_TEST_CASE(the_largest_and_smallest_of_everything_is_good)
{
    const std::string longest(128, 'x');
    const header_fields headers{{"content-type", "Application/JSON ; charset=utf-8"}, {"x-customer-id", longest}};
    const auto smallest = item("\"" + longest + "\"", "1", "0");
    const auto order = validate(body_with(item("\"S\"", "1000", "0.00") + "," + repeated(smallest, 99)), headers);
    BOOST_TEST(order.has_value());
    BOOST_TEST(validate(body_with(item("\"S\"", "1", "92233720368547758.07")), good_headers).has_value());
    BOOST_TEST(validate(body_with(item()), {{"X-Customer-ID", "no content type"}}).has_value());
}

BOOST_AUTO_TEST_CASE(text_that_is_no_order_is_malformed)
{
    const auto invalid_utf8 = body_with(item("\"\xff\""));
    const refused rows[] = {
        {"nothing", "", 400, "malformed-json", ""},
        {"no JSON", "hello", 400, "malformed-json", ""},
        {"cut short", R"({"items":[{"product_id":"SKU-001")", 400, "malformed-json", "items[0]"},
        {"more behind it", body_with(item()) + "x", 400, "malformed-json", ""},
        {"a comma too many", R"({"items":[],})", 400, "malformed-json", ""},
        {"a raw NUL", body_with(item("\"a\0b\""s)), 400, "malformed-json", "items[0].product_id"},
        {"not UTF-8", invalid_utf8, 400, "malformed-json", "items[0].product_id"},
        {"NaN", body_with(item("\"SKU-001\"", "2", "NaN")), 400, "malformed-json", "items[0].price"},
    };
    for (const auto& row : rows) check(row);
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_levels_are_too_deep)
{
    const auto order = validate(R"({"x":)" + std::string(100'000, '['), good_headers);
    BOOST_REQUIRE(order.has_error());
    BOOST_TEST(order.error().status == 400u);
    BOOST_TEST(order.error().type == "/problems/json-too-deep");
}

BOOST_AUTO_TEST_CASE(json_of_another_shape_is_refused_by_name_of_the_field)
{
    const refused rows[] = {
        {"an array", "[]", 400, "invalid-field", ""},
        {"null", "null", 400, "invalid-field", ""},
        {"no items", "{}", 400, "invalid-field", "items"},
        {"items are an object", R"({"items":{}})", 400, "invalid-field", "items"},
        {"items are null", R"({"items":null})", 400, "invalid-field", "items"},
        {"an item is a number", body_with("1"), 400, "invalid-field", "items[0]"},
        {"no product", body_with(R"({"quantity":1,"price":1})"), 400, "invalid-field", "items[0].product_id"},
        {"no quantity", body_with(R"({"product_id":"S","price":1})"), 400, "invalid-field", "items[0].quantity"},
        {"no price", body_with(R"({"product_id":"S","quantity":1})"), 400, "invalid-field", "items[0].price"},
        {"a product that is a number", body_with(item("1")), 400, "invalid-field", "items[0].product_id"},
        {"a quantity that is text", body_with(item("\"S\"", "\"2\"")), 400, "invalid-field", "items[0].quantity"},
        {"a quantity of 2^63", body_with(item("\"S\"", "9223372036854775808")), 400, "invalid-field",
         "items[0].quantity"},
        {"half a quantity", body_with(item("\"S\"", "1.5")), 400, "invalid-field", "items[0].quantity"},
        {"a quantity of 1e3", body_with(item("\"S\"", "1e3")), 400, "invalid-field", "items[0].quantity"},
        {"a price with three decimals", body_with(item("\"S\"", "1", "2.999")), 400, "invalid-field", "items[0].price"},
        {"a price with an exponent", body_with(item("\"S\"", "1", "2.999E1")), 400, "invalid-field", "items[0].price"},
        {"a price that is text", body_with(item("\"S\"", "1", "\"1\"")), 400, "invalid-field", "items[0].price"},
        {"a price past 2^63", body_with(item("\"S\"", "1", "92233720368547758.08")), 400, "invalid-field",
         "items[0].price"},
        {"the second of two items", body_with(item() + "," + item("null")), 400, "invalid-field",
         "items[1].product_id"},
        {"a key twice", R"({"items":[],"items":[]})", 400, "invalid-field", "items"},
        {"a key twice in an item", body_with(R"({"product_id":"S","quantity":1,"quantity":2,"price":1})"), 400,
         "invalid-field", "items[0].quantity"},
    };
    for (const auto& row : rows) check(row);
}

BOOST_AUTO_TEST_CASE(a_well_formed_order_that_breaks_a_rule_is_unprocessable)
{
    const refused rows[] = {
        {"no item", R"({"items":[]})", 422, "invalid-order", "items"},
        {"101 items", body_with(repeated(item(), 101)), 422, "invalid-order", "items"},
        {"quantity 0", body_with(item("\"S\"", "0")), 422, "invalid-order", "items[0].quantity"},
        {"quantity -1", body_with(item("\"S\"", "-1")), 422, "invalid-order", "items[0].quantity"},
        {"quantity 1001", body_with(item("\"S\"", "1001")), 422, "invalid-order", "items[0].quantity"},
        {"a negative price", body_with(item("\"S\"", "1", "-0.01")), 422, "invalid-order", "items[0].price"},
        {"an empty product", body_with(item("\"\"")), 422, "invalid-order", "items[0].product_id"},
        {"a product of 129 bytes", body_with(item("\"" + std::string(129, 'x') + "\"")), 422, "invalid-order",
         "items[0].product_id"},
        {"an escaped NUL", body_with(item(R"("a\u0000b")")), 422, "invalid-order", "items[0].product_id"},
        {"a line break", body_with(item(R"("a\nb")")), 422, "invalid-order", "items[0].product_id"},
        {"the second of two items", body_with(item() + "," + item("\"S\"", "0")), 422, "invalid-order",
         "items[1].quantity"},
        {"a line that is too dear", body_with(item("\"S\"", "2", "92233720368547758.07")), 422, "invalid-order",
         "items"},
        {"a sum that is too dear",
         body_with(item("\"S\"", "1", "92233720368547758.07") + "," + item("\"S\"", "1", "0.01")), 422, "invalid-order",
         "items"},
    };
    for (const auto& row : rows) check(row);
}

BOOST_AUTO_TEST_CASE(a_header_that_is_missing_or_wrong_is_named)
{
    const auto body = body_with(item());
    const auto json = header_fields::field{"Content-Type", "application/json"};
    const std::string long_id(129, 'x');
    const refused rows[] = {
        {"no customer", body, 400, "invalid-header", "X-Customer-ID", {json}},
        {"an empty customer", body, 400, "invalid-header", "X-Customer-ID", {json, {"X-Customer-ID", ""}}},
        {"a long customer", body, 400, "invalid-header", "X-Customer-ID", {json, {"X-Customer-ID", long_id}}},
        {"not UTF-8", body, 400, "invalid-header", "X-Customer-ID", {json, {"X-Customer-ID", "\xe9"}}},
        {"a tab", body, 400, "invalid-header", "X-Customer-ID", {json, {"X-Customer-ID", "a\tb"}}},
        {"two customers",
         body,
         400,
         "invalid-header",
         "X-Customer-ID",
         {json, {"X-Customer-ID", "a"}, {"X-Customer-ID", "b"}}},
        {"a form",
         body,
         415,
         "unsupported-media-type",
         "Content-Type",
         {{"Content-Type", "application/x-www-form-urlencoded"}, {"X-Customer-ID", "c-1"}}},
        {"gzip",
         body,
         415,
         "unsupported-media-type",
         "Content-Encoding",
         {json, {"X-Customer-ID", "c-1"}, {"Content-Encoding", "gzip"}}},
        {"an empty type",
         body,
         415,
         "unsupported-media-type",
         "Content-Type",
         {{"Content-Type", ""}, {"X-Customer-ID", "c-1"}}},
    };
    for (const auto& row : rows) check(row);
}
