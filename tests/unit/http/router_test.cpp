#include "sluice/http/router.hpp"
#include "sluice/base/result.hpp"
#include "sluice/http/target.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <boost/test/unit_test.hpp>
#include <boost/uuid/uuid_io.hpp>

using namespace sluice;
using http::request;
using http::response;

namespace {

response ask(const http::router& routes, std::string method, std::string target)
{
    asio::io_context loop;
    response answered;
    auto keep = [&](std::exception_ptr error, response got) {
        if (error) std::rethrow_exception(error);
        answered = std::move(got);
    };
    asio::co_spawn(loop, routes.handle({.method = std::move(method), .target = std::move(target)}), keep);
    loop.run();
    return answered;
}

std::string member(const response& of, std::string_view name)
{
    const auto body = boost::json::parse(of.body);
    return boost::json::value_to<std::string>(body.as_object().at(name));
}

awaitable<response> ok(request what)
{
    co_return http::text(200, what.method + " " + what.path);
}

http::router shop()
{
    http::router routes;
    routes.post("/checkout", ok);
    routes.get<std::string>("/stock/{sku}", [](request, std::string sku) -> awaitable<response> {
        co_return http::text(200, "sku " + sku);
    });
    routes.get("/stock/all", ok);
    routes.get<int, boost::uuids::uuid>("/page/{number}/of/{order}",
                                        [](request, int number, boost::uuids::uuid order) -> awaitable<response> {
                                            co_return http::text(200, std::to_string(number) + to_string(order));
                                        });
    routes.add("DELETE /stock/{name}", ok);
    return routes;
}

const std::string some_uuid = "123e4567-e89b-12d3-a456-426614174000";

}  // namespace

BOOST_AUTO_TEST_CASE(a_handler_gets_typed_path_parameters)
{
    const auto routes = shop();
    BOOST_TEST(ask(routes, "GET", "/stock/SKU-001").body == "sku SKU-001");
    BOOST_TEST(ask(routes, "GET", "/page/-3/of/" + some_uuid).body == "-3" + some_uuid);
}

BOOST_AUTO_TEST_CASE(a_parameter_that_does_not_parse_is_named_in_a_400)
{
    const auto routes = shop();
    for (const std::string bad : {"x", "1x", "+1", "%201", "1.0", "99999999999", "0x1"}) {
        const auto answered = ask(routes, "GET", "/page/" + bad + "/of/" + some_uuid);
        BOOST_TEST(answered.status == 400u, bad);
        BOOST_TEST(member(answered, "type") == "/problems/invalid-parameter");
        BOOST_TEST(member(answered, "parameter") == "number");
    }
    for (const std::string bad : {"x", "{123e4567-e89b-12d3-a456-426614174000}", "123e4567e89b12d3a456426614174000",
                                  "123e4567-e89b-12d3-a456-42661417400g"}) {
        const auto answered = ask(routes, "GET", "/page/1/of/" + bad);
        BOOST_TEST(answered.status == 400u, bad);
    }
}

BOOST_AUTO_TEST_CASE(no_such_path_is_a_404_problem)
{
    const auto routes = shop();
    for (const auto* path : {"/", "/stock", "/stock/", "/stock/a/b", "/checkout/", "//checkout", "/CHECKOUT", "/page/1",
                             "/a/../checkout"}) {
        const auto answered = ask(routes, "GET", path);
        BOOST_TEST(answered.status == 404u, path);
        BOOST_TEST(member(answered, "type") == "/problems/not-found");
    }
}

BOOST_AUTO_TEST_CASE(another_method_is_a_405_that_allows_what_there_is)
{
    const auto routes = shop();
    const auto answered = ask(routes, "PUT", "/stock/x");
    BOOST_TEST(answered.status == 405u);
    BOOST_TEST(answered.header("Allow").value() == "OPTIONS, DELETE, GET, HEAD");
    BOOST_TEST(ask(routes, "GET", "/checkout").header("Allow").value() == "OPTIONS, POST");
    BOOST_TEST(ask(routes, "get", "/stock/x").status == 405u);
}

BOOST_AUTO_TEST_CASE(options_tells_what_is_allowed)
{
    const auto routes = shop();
    const auto answered = ask(routes, "OPTIONS", "/checkout");
    BOOST_TEST(answered.status == 204u);
    BOOST_TEST(answered.header("Allow").value() == "OPTIONS, POST");
    BOOST_TEST(ask(routes, "OPTIONS", "*").status == 204u);
    BOOST_TEST(ask(routes, "OPTIONS", "/nowhere").status == 404u);
}

BOOST_AUTO_TEST_CASE(head_goes_to_the_handler_of_get)
{
    BOOST_TEST(ask(shop(), "HEAD", "/stock/x").body == "sku x");
}

BOOST_AUTO_TEST_CASE(a_literal_goes_before_a_parameter_but_not_before_the_method)
{
    const auto routes = shop();
    BOOST_TEST(ask(routes, "GET", "/stock/all").body == "GET /stock/all");
    BOOST_TEST(ask(routes, "DELETE", "/stock/all").body == "DELETE /stock/all");
}

BOOST_AUTO_TEST_CASE(paths_and_queries_are_decoded_once)
{
    http::router routes;
    routes.get<std::string>("/stock/{sku}", [](request what, std::string sku) -> awaitable<response> {
        co_return http::text(200, sku + "|" + std::string{what.query_value("q").value_or("none")} + "|" + what.path);
    });
    BOOST_TEST(ask(routes, "GET", "/stock/a%20b").body == "a b|none|/stock/a b");
    BOOST_TEST(ask(routes, "GET", "/stock/a%2Fb?q=1+2%2B3&q=4").body == "a/b|1 2+3|/stock/a/b");
    BOOST_TEST(ask(routes, "GET", "/stock/%2525").body == "%25|none|/stock/%25");
    BOOST_TEST(ask(routes, "GET", "/stock/%C3%A4?r").body == "\xC3\xA4|none|/stock/\xC3\xA4");
    BOOST_TEST(ask(routes, "GET", "/%73tock/x?q").body == "x||/stock/x");
    BOOST_TEST(ask(routes, "GET", "http://example.org/stock/x").body == "x|none|/stock/x");
}

// A plain path is split without the parser of URLs, which a query brings back.
BOOST_AUTO_TEST_CASE(a_plain_path_is_split_as_any_other)
{
    for (const std::string path : {"/", "/a", "/a/", "/a/b-c/D_e~f.9", "//", "/a//b", "/./a", "/a/../b", "/.."}) {
        request plain, full;
        plain.target = path;
        full.target = path + "?q=1";
        BOOST_TEST_CONTEXT(path)
        {
            BOOST_TEST(http::parse_target(plain).has_value());
            BOOST_TEST(http::parse_target(full).has_value());
            BOOST_TEST(plain.path == full.path);
            BOOST_TEST(plain.segments == full.segments, boost::test_tools::per_element());
            BOOST_TEST(plain.query.empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_target_that_is_no_text_is_a_400)
{
    const auto routes = shop();
    for (const std::string bad : {"/stock/%", "/stock/%2", "/stock/%zz", "/stock/%00", "/stock/%ff", "/stock/\xff",
                                  "/stock/%C0%AF", "/stock/%ED%A0%80", "/stock/a b", "/stock/x?q=%ff", "/stock/x?%00",
                                  "stock", "", "example.org:80", "ftp://example.org/stock/x", "/stock/x#y"}) {
        const auto answered = ask(routes, "GET", bad);
        BOOST_TEST(answered.status == 400u, bad);
        BOOST_TEST(member(answered, "type") == "/problems/invalid-target");
    }
}

BOOST_AUTO_TEST_CASE(a_bad_or_ambiguous_route_is_an_error_that_names_it)
{
    auto routes = shop();
    const auto names_it = [](const std::string& route) {
        return [route](const failure& e) {
            return e.why() == errc::invalid && e.why().detail.find(route) != std::string::npos;
        };
    };
    for (const std::string bad : {"POST /checkout", "GET /stock/{other}", "GET", "/x", "GET x", "", "GET /{a}/{a}",
                                  "GET /a{b}", "GET /{}", "GET /a%20b"})
        BOOST_CHECK_EXCEPTION(routes.add(bad, ok), failure, names_it(bad));
    const auto one = [](request, int) -> awaitable<response> { co_return http::no_content(); };
    BOOST_CHECK_EXCEPTION(routes.get<int>("/x/{a}/{b}", one), failure, names_it("/x/{a}/{b}"));
}

BOOST_AUTO_TEST_CASE(routes_are_listed_as_they_are_declared)
{
    const std::vector<std::string> expected{"DELETE /stock/{name}", "GET /page/{number}/of/{order}", "GET /stock/all",
                                            "GET /stock/{sku}", "POST /checkout"};
    BOOST_TEST(shop().routes() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_handler_may_have_captures_and_take_the_request_by_reference)
{
    http::router routes;
    const auto word = std::make_shared<std::string>("kept");
    routes.get("/",
               [word](const request& what) -> awaitable<response> { co_return http::text(200, *word + what.path); });
    BOOST_TEST(ask(routes, "GET", "/").body == "kept/");
}
