#include "payloads.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace payloads;
using sluice::to_json;

BOOST_AUTO_TEST_SUITE(encode)

BOOST_AUTO_TEST_CASE(members_come_in_the_declared_order_and_an_empty_optional_is_not_written)
{
    order what;
    what.items.push_back({"a", -1, money::of_minor(5)});
    what.counts = {{"z", 1}, {"a", 2}};
    BOOST_TEST(to_json(what) == R"({"id":"o-","items":[{"product_id":"a","quantity":-1,"price":0.05}],"total":0.00,)"
                                R"("created_at":"1970-01-01T00:00:00.000Z","urgency":"none","counts":{"a":2,"z":1}})");
    what.note = "";
    BOOST_TEST(to_json(what).find(R"(Z","note":"","urgency")") != std::string::npos);
    BOOST_TEST(to_json(everything{}) == R"({"flag":false,"small":0,"large":0,"larger":0,"real":0,"text":"",)"
                                        R"("matrix":[],"amounts":{},"inner":[]})");
}

BOOST_AUTO_TEST_CASE(strings_are_valid_json_whatever_they_hold)
{
    BOOST_TEST(to_json(std::string{"a\"\\/\n\r\t\b\x1f\0\x7f", 11}) ==
               "\"a\\\"\\\\/\\n\\r\\t\\u0008\\u001f\\u0000\x7f\"");
    BOOST_TEST(to_json(std::string{"é€😀"}) == "\"é€😀\"");
    BOOST_TEST(to_json(std::string{"a\xff b\xc3"}) == "\"a\uFFFD b\uFFFD\"");
    BOOST_TEST(to_json(std::string{"\xc0\x80\xed\xa0\x80"}) == "\"\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\"");
    BOOST_TEST(to_json(std::map<std::string, bool>{{"\n\xff", true}}) == "{\"\\n\uFFFD\":true}");
}

BOOST_AUTO_TEST_CASE(numbers_are_the_shortest_that_read_back)
{
    BOOST_TEST(to_json(0.1) == "0.1");
    BOOST_TEST(to_json(1e300) == "1e+300");
    BOOST_TEST(to_json(-0.0) == "-0");
    BOOST_TEST(to_json(std::numeric_limits<double>::infinity()) == "null");
    BOOST_TEST(to_json(std::numeric_limits<double>::quiet_NaN()) == "null");
    BOOST_TEST(to_json(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    BOOST_TEST(to_json(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    BOOST_TEST(to_json(std::uint8_t{65}) == "65");
}

BOOST_AUTO_TEST_CASE(an_enum_value_without_a_name_becomes_null)
{
    BOOST_TEST(to_json(priority::high) == "\"high\"");
    BOOST_TEST(to_json(static_cast<priority>(17)) == "null");
    BOOST_TEST(to_json(std::vector<std::optional<priority>>{priority::low, std::nullopt}) == R"(["low",null])");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
