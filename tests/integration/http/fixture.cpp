#include "fixture.hpp"

#include "sluice/base/scope.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>

namespace http_test {

namespace beast = boost::beast;
using asio::ip::tcp;

awaitable<> raw_client::connect(unsigned short port)
{
    const tcp::endpoint endpoint{asio::ip::address_v4::loopback(), port};
    co_await socket.async_connect(endpoint, asio::use_awaitable);
    socket.set_option(tcp::no_delay{true});
}

awaitable<> raw_client::send(std::string bytes)
{
    co_await asio::async_write(socket, asio::buffer(bytes), asio::use_awaitable);
}

awaitable<raw_response> raw_client::answer(bool to_head)
{
    beast::http::response_parser<beast::http::string_body> from;
    from.body_limit(64 * 1024 * 1024);
    from.skip(to_head);
    co_await beast::http::async_read(socket, buffer_, from, asio::use_awaitable);
    co_return from.release();
}

awaitable<raw_response> raw_client::ask(std::string bytes)
{
    co_await send(std::move(bytes));
    co_return co_await answer();
}

awaitable<std::string> raw_client::rest()
{
    std::string all{static_cast<const char*>(buffer_.data().data()), buffer_.size()};
    for (;;) {
        std::array<char, 4096> part;
        const auto space = asio::buffer(part);
        const auto read = co_await socket.async_read_some(space, asio::as_tuple(asio::use_awaitable));
        all.append(part.data(), std::get<1>(read));
        if (std::get<0>(read)) co_return std::get<0>(read) == asio::error::eof ? all : all + "reset";
    }
}

test_server::test_server(asio::any_io_executor on, http::server_settings settings) : executor{std::move(on)}
{
    using http::request;
    using http::response;
    routes.get("/hello", [](const request&) -> awaitable<response> { co_return http::text(200, "hello"); });
    routes.post("/echo", [](request what) -> awaitable<response> { co_return http::text(200, std::move(what.body)); });
    routes.get("/big",
               [](request) -> awaitable<response> { co_return http::text(200, std::string(8 * 1024 * 1024, 'x')); });
    routes.get("/boom", [](request) -> awaitable<response> {
        throw std::runtime_error{"the secret"};
        co_return http::no_content();
    });
    routes.get("/dropped", [](const request&) -> awaitable<response> { co_return http::dropped(); });
    routes.get<int>("/status/{code}", [](request, int code) -> awaitable<response> {
        if (code == 0) throw code;
        co_return http::text(static_cast<unsigned>(code), "body");
    });
    routes.get<std::string>("/stock/{sku}", [](request, std::string sku) -> awaitable<response> {
        co_return http::json(200, '"' + sku + '"');
    });
    routes.get("/slow", [this](request) -> awaitable<response> {
        struct count {
            int& of;
            explicit count(int& of) : of{of} { ++of; }
            ~count() { --of; }
        };
        const count here{running};
        co_await gate.wait();
        co_return http::text(200, "done");
    });
    settings.observe = [this](const http::served& what) {
        seen.push_back(std::string{what.method} + ' ' + std::string{what.pattern} + ' ' + std::to_string(what.status));
    };
    const auto log = logger::to([this](std::string_view line) { lines.emplace_back(line); });
    server = std::make_unique<http::server>(executor, routes, std::move(settings), log);
    server->listen();
}

awaitable<raw_client> test_server::client()
{
    raw_client made{executor};
    co_await made.connect(server->port());
    co_return made;
}

awaitable<> with_server(std::function<awaitable<>(test_server&)> body, const http::server_settings& settings)
{
    test_server under_test{co_await asio::this_coro::executor, settings};
    auto serve = [](test_server& under_test) -> awaitable<> {
        under_test.unanswered = co_await under_test.server->run(under_test.stop.token());
        under_test.ended = true;
    };
    const auto beside = [&](scope& children) -> awaitable<> {
        children.spawn(serve(under_test));
        co_await body(under_test);
        under_test.stop.cancel(cancel_reason::shutdown);
    };
    co_await with_scope({}, beside);
}

awaitable<> with_server(std::function<awaitable<>(test_server&)> body)
{
    const http::server_settings settings;
    co_await with_server(std::move(body), settings);
}

awaitable<> until(std::function<bool()> done)
{
    while (!done()) co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

std::string type_of(const raw_response& problem)
{
    BOOST_TEST(problem["Content-Type"] == "application/problem+json");
    const auto body = boost::json::parse(problem.body());
    BOOST_TEST(body.at("status").to_number<unsigned>() == problem.result_int());
    return boost::json::value_to<std::string>(body.at("type"));
}

}  // namespace http_test
