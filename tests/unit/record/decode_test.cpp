#include "payloads.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

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

BOOST_AUTO_TEST_CASE(what_is_not_json_is_malformed)
{
    const std::string rows[] = {
        "[\"a\",]",
        "['a']",
        "[\"\\x\"]",
        "[-]",
        "[NaN]",
        "[\"a\nb\"]",
        std::string{"[\"a\0b\"]", 7},
        std::string{"[\"a\"\0]", 6},  // NUL
        "[\"\xff\"]",
        "[\"\xc0\x80\"]",
        "[\"\xed\xa0\x80\"]",
        "[\"\xf4\x90\x80\x80\"]",  // not UTF-8
        R"(["\ud800"])",
        R"(["\udc00"])",  // half a character
        "\xef\xbb\xbf[]",
        "[]//",
        "[}",
        "[\"a\":1]",
    };
    for (const std::string& text : rows) {
        BOOST_TEST((from_json<std::vector<std::string>>(text).error().what == kind::malformed), text);
        BOOST_TEST((from_json<base>("{\"x\":" + text + ",\"flag\":true}").error().what == kind::malformed), text);
    }
    check_error<std::vector<int>>("[tru]", {kind::malformed, "", "JSON", "tru] at byte 1"});
    check_error<std::vector<int>>("[01]", {kind::malformed, "", "JSON", "1] at byte 2"});
    check_error<std::vector<int>>("[1] []", {kind::malformed, "", "JSON", "[] at byte 4"});
    check_error<std::vector<int>>("[1]\x01 and more than that",
                                  {kind::malformed, "", "JSON", "\\x01 and mor… at byte 3"});
    for (const auto* cut : {"", " ", "[", "[1", "[1,", "[-"})
        check_error<std::vector<int>>(cut, {kind::malformed, "", "JSON", "the end of the text"});
    BOOST_TEST(from_json<std::vector<int>>(" \t[1] \r\n").has_value());
}

BOOST_AUTO_TEST_CASE(what_is_malformed_names_the_field_that_it_is_in)
{
    struct row {
        std::string_view from, to, path;
    };
    const row rows[] = {
        {"SKU-001", "\xff", "items[0].product_id"},
        {":29.99", ":NaN", "items[0].price"},
        {":29.99", " 29.99", "items[0].price"},
        {"29.99}", "29.99,}", "items[0]"},
        {"}],", "}{],", "items"},
        {"\"total\"", "total", ""},
        {"-2}", "-}", "counts.b"},
        {"\"high\"", "\"\\ud800\"", "urgency"},
    };
    for (const row& each : rows) {
        const auto got = from_json<order>(with(valid, each.from, each.to));
        BOOST_REQUIRE(got.has_error());
        BOOST_TEST(static_cast<int>(got.error().what) == static_cast<int>(kind::malformed));
        BOOST_TEST(got.error().path == each.path);
    }
    BOOST_TEST(from_json<std::vector<std::vector<int>>>("[[1],[2],[x]]").error().path == "[2]");
}

BOOST_AUTO_TEST_CASE(a_key_with_escapes_is_named_in_errors)
{
    using map = std::map<std::string, std::string>;
    const std::string value(1000, 'v');
    BOOST_TEST(from_json<map>(R"({"\u006bey":1})").error().path == "key");
    BOOST_TEST(from_json<map>(R"({"k\u0065y":"\u0041)" + value + R"(","k\u0065y":"")").error().path == "key");
    BOOST_TEST(from_json<map>(R"({"k\u0065y":"\u0041)" + value + "\xff\"}").error().path == "key");
}

BOOST_AUTO_TEST_CASE(an_ignored_field_must_be_json_too)
{
    BOOST_TEST(from_json<base>(R"({"x":[{"flag":1},[[]],null,"\u00e9"],"flag":true,"y":1e5})").value().flag);
    check_error<base>(R"({"x":[{"y":tru}]})", {kind::malformed, "x[0].y", "JSON", "tru}]} at byte 11"});
    BOOST_TEST((from_json<base>("{\"x\":\"\xff\",\"flag\":true}").error().what == kind::malformed));
}

BOOST_AUTO_TEST_CASE(the_first_elements_of_an_array_share_one_allocation)
{
    BOOST_TEST(from_json<std::vector<std::int64_t>>("[1]").value().capacity() == 256u / sizeof(std::int64_t));
    BOOST_TEST(from_json<std::vector<std::int64_t>>("[]").value().capacity() == 0u);
    BOOST_TEST(from_json<order>(valid).value().items.capacity() == 256u / sizeof(item));
}

BOOST_AUTO_TEST_CASE(depth_and_size_are_limited)
{
    const std::string ten(10, '['), closed(10, ']');
    check_error<base>("{\"x\":" + ten + closed + ",\"flag\":true}",
                      {kind::limit, "x[0][0][0][0]", "at most 5 levels of nesting", "more"}, {.depth = 5});
    BOOST_TEST(from_json<base>("{\"x\":" + ten + closed + ",\"flag\":true}", {.depth = 11}).has_value());
    check_error<std::vector<std::vector<int>>>("[[]]", {kind::limit, "[0]", "at most 1 levels of nesting", "more"},
                                               {.depth = 1});
    check_error<std::string>("\"abc\"", {kind::limit, "", "at most 4 bytes", "5"}, {.size = 4});
    BOOST_TEST(from_json<std::string>("\"abc\"", {.size = 5}).value() == "abc");
    check_error<std::string>('"' + std::string(10'000'000, 'a') + '"',
                             {kind::limit, "", "at most 1048576 bytes", "10000002"});
    BOOST_TEST(from_json<std::string>('"' + std::string(10'000'000, 'a') + '"', {.size = 1 << 24}).value().size() ==
               10'000'000u);
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_levels_are_an_error_whatever_the_limits_say)
{
    const sluice::json_limits none{.depth = std::size_t(-1), .size = std::size_t(-1)};
    for (const std::string_view level : {"[", "{\"x\":", "{\"inner\":[", "[{\"\":"}) {
        std::string text;
        for (int i = 0; i < 100'000; ++i) text += level;
        for (const auto& limits : {sluice::json_limits{}, none}) {
            BOOST_TEST(from_json<base>(text, limits).has_error());
            BOOST_TEST(from_json<everything>(text, limits).has_error());
            BOOST_TEST(from_json<std::vector<base>>(text, limits).has_error());
        }
        const auto error = from_json<base>("{\"x\":" + text, none).error();
        BOOST_TEST((error.what == kind::limit));
        BOOST_TEST(error.expected == "at most 512 levels of nesting");
    }
}

BOOST_AUTO_TEST_CASE(the_limits_of_every_integer_are_exact)
{
    const auto check = [](auto type, std::string_view inside, std::string_view outside) {
        using number = decltype(type);
        BOOST_TEST(sluice::to_json(from_json<number>(inside).value()) == inside);
        BOOST_TEST(from_json<number>(outside).error().message().ends_with(outside));
    };
    check(std::int8_t{}, "-128", "-129");
    check(std::int8_t{}, "127", "128");
    check(std::uint8_t{}, "255", "256");
    check(std::uint8_t{}, "0", "-1");
    check(std::int16_t{}, "-32768", "-32769");
    check(std::uint32_t{}, "4294967295", "4294967296");
    check(std::int64_t{}, "9223372036854775807", "9223372036854775808");
    check(std::int64_t{}, "-9223372036854775808", "-9223372036854775809");
    check(std::int64_t{}, "-9223372036854775808", "-18446744073709551616");
    check(std::uint64_t{}, "18446744073709551615", "18446744073709551616");
    check(std::uint64_t{}, "9223372036854775808", "-9223372036854775808");
    BOOST_TEST(from_json<int>("-0").value() == 0);
    BOOST_TEST(from_json<unsigned>("-0").value() == 0u);
}

BOOST_AUTO_TEST_CASE(doubles_are_exact_and_their_range_is_checked)
{
    BOOST_TEST(from_json<double>("0.1").value() == 0.1);
    BOOST_TEST(from_json<double>("9007199254740993").value() == 9007199254740992.0);
    BOOST_TEST(from_json<double>("1.7976931348623157e308").value() == std::numeric_limits<double>::max());
    BOOST_TEST(from_json<double>("5e-324").value() == std::numeric_limits<double>::denorm_min());
    BOOST_TEST(from_json<double>("1e-400").value() == 0.0);
    BOOST_TEST(std::signbit(from_json<double>("-0").value()));
    check_error<double>("1e309", {kind::shape, "", "a number that a double can hold", "1e309"});
    check_error<double>("-1e400", {kind::shape, "", "a number that a double can hold", "-1e400"});
    BOOST_TEST((from_json<double>("1e99999999999").error().what == kind::shape));
    check_error<double>("null", {kind::shape, "", "a number", "null"});
    check_error<double>("\"1\"", {kind::shape, "", "a number", "\"1\""});
    check_error<bool>("0", {kind::shape, "", "true or false", "0"});
}

BOOST_AUTO_TEST_CASE(fields_come_in_any_order_and_keys_may_be_escaped)
{
    const auto got =
        from_json<item>(R"({"price":0.05,"\u0071uantity":3,"x":{},"product\u005fid":"\u0041\n\ud83d\ude00"})");
    BOOST_TEST((got.value() == item{"A\n😀", 3, money::of_minor(5)}));
    const auto map = from_json<std::map<std::string, int>>(R"({"":1,"a\u0000b":2,"c":3})");
    BOOST_TEST((map.value() == std::map<std::string, int>{{"", 1}, {std::string{"a\0b", 3}, 2}, {"c", 3}}));
}

BOOST_AUTO_TEST_CASE(an_optional_is_empty_when_absent_or_null)
{
    BOOST_TEST((from_json<std::vector<std::optional<int>>>("[1,null]").value() ==
                std::vector<std::optional<int>>{1, std::nullopt}));
    BOOST_TEST(!from_json<std::optional<item>>("null").value());
    BOOST_TEST(from_json<std::optional<item>>(R"({"product_id":"","quantity":0,"price":0})").value().has_value());
    check_error<std::optional<item>>("[]", {kind::shape, "", "an object", "an array"});
}

BOOST_AUTO_TEST_CASE(a_document_that_is_cut_anywhere_is_an_error)
{
    for (std::size_t size = 0; size < valid.size(); ++size)
        BOOST_TEST(from_json<order>(valid.substr(0, size)).error().found == "the end of the text");
}

BOOST_AUTO_TEST_CASE(an_error_reads_as_a_sentence_and_travels_as_a_failure)
{
    const auto got = from_json<order>(with(valid, "29.99", "2.999"));
    BOOST_TEST(got.error().message() == "items[0].price: expected a number with at most two decimals, found 2.999");
    BOOST_TEST(from_json<int>("x").error().message() == "expected JSON, found x at byte 0");
    BOOST_CHECK_EXCEPTION(from_json<int>("x").value(), sluice::failure,
                          [](const auto& failure) { return failure.why() == sluice::errc::corrupt; });
}

BOOST_AUTO_TEST_CASE(what_was_found_is_short_and_printable)
{
    check_error<int>(R"("\u001b[2J\u009b")", {kind::shape, "", "a whole number", R"("\x1b[2J\xc2\x9b")"});
    const std::string digits(1000, '9');
    check_error<int>(digits,
                     {kind::shape, "", "a whole number from -2147483648 to 2147483647", digits.substr(0, 40) + "…"});
    const auto path = from_json<std::map<std::string, int>>("{\"" + std::string(1000, 'k') + "\":{}}").error().path;
    BOOST_TEST(path == std::string(40, 'k') + "…");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
