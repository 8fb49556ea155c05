#include "sluice/http/message.hpp"
#include "sluice/http/problem.hpp"
#include "sluice/http/wire.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace sluice;

BOOST_AUTO_TEST_CASE(a_problem_is_json_with_its_members)
{
    const auto answered = http::answer({.status = 422,
                                        .type = "/problems/invalid-field",
                                        .detail = "must be positive",
                                        .members = {{"field", "items[0].price"}}});
    BOOST_TEST(answered.status == 422u);
    BOOST_TEST(answered.header("content-type").value() == "application/problem+json");
    const auto expected = R"({"type":"/problems/invalid-field","title":"Unprocessable Entity","status":422,)"
                          R"("detail":"must be positive","field":"items[0].price"})";
    BOOST_TEST(boost::json::serialize(boost::json::parse(answered.body)) == expected);
}

BOOST_AUTO_TEST_CASE(a_problem_has_header_fields_and_a_title_of_its_own)
{
    const auto answered =
        http::answer({.status = 503, .type = "/problems/unavailable", .title = "Later"}, {{"Retry-After", "1"}});
    BOOST_TEST(answered.header("Retry-After").value() == "1");
    BOOST_TEST(answered.body == R"({"type":"/problems/unavailable","title":"Later","status":503})");
}

BOOST_AUTO_TEST_CASE(a_members_name_cannot_replace_what_the_standard_defines)
{
    const auto answered = http::answer({.status = 400, .members = {{"status", 200}, {"type", "x"}}});
    BOOST_TEST(answered.body == R"({"type":"about:blank","title":"Bad Request","status":400})");
}

BOOST_AUTO_TEST_CASE(text_in_a_problem_that_is_not_utf8_is_replaced)
{
    const auto answered = http::answer({.status = 400, .detail = "no \xFF\xC3 here \xC3\xA4"});
    BOOST_TEST(answered.body.find("no \xEF\xBF\xBD\xEF\xBF\xBD here \xC3\xA4") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(header_names_compare_without_case)
{
    http::header_fields fields{{"X-One", "1"}, {"x-two", "2"}, {"X-ONE", "3"}};
    BOOST_TEST(fields.find("x-one").value() == "1");
    BOOST_TEST(fields.count("x-One") == 2u);
    BOOST_TEST(!fields.find("x-on").has_value());
    fields.set("X-one", "4");
    BOOST_TEST(fields.size() == 2u);
    BOOST_TEST(fields.find("X-One").value() == "4");
    BOOST_TEST(fields.find("X-Two").value() == "2");
}

BOOST_AUTO_TEST_CASE(a_header_field_cannot_smuggle_another)
{
    http::header_fields fields;
    for (const std::string& bad :
         {std::string{"a\r\nSet-Cookie: x"}, std::string{"a\n"}, std::string{"\0", 1}, std::string{"\x7f"}})
        BOOST_CHECK_THROW(fields.add("X", bad), std::invalid_argument);
    for (const std::string bad : {"", "a b", "a:", "a\n", "\xC3\xA4"})
        BOOST_CHECK_THROW(fields.add(bad, "x"), std::invalid_argument);
    BOOST_TEST(fields.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_date_is_written_as_the_standard_shows_it)
{
    using namespace std::chrono;
    BOOST_TEST(http::http_date(timestamp{784111777s}) == "Sun, 06 Nov 1994 08:49:37 GMT");
}

BOOST_AUTO_TEST_CASE(a_head_frames_the_body_whatever_the_handler_says)
{
    std::string out;
    const http::response what{200, {{"Content-Length", "7"}, {"transfer-encoding", "x"}, {"X-A", "b"}}, "four"};
    http::append_head(out, what, {.date = "now", .keep_alive = false, .version = 11});
    BOOST_TEST(out == "HTTP/1.1 200 OK\r\nDate: now\r\nX-A: b\r\nContent-Length: 4\r\nConnection: close\r\n\r\n");
    out.clear();
    http::append_head(out, http::no_content(), {.date = "now", .keep_alive = true, .version = 10});
    BOOST_TEST(out == "HTTP/1.1 204 No Content\r\nDate: now\r\nConnection: keep-alive\r\n\r\n");
}
