#include "fixture.hpp"

#include "sluice/base/clock.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/http/client.hpp"

#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

using namespace http_test;
using asio::ip::tcp;

namespace {

const std::string empty_answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

http::client_settings to(unsigned short port)
{
    return {.port = port, .connections = 4};
}

// A server that says what it is told to: on each connection one answer a request, and then it closes.
class scripted_server {
public:
    using connection = std::vector<std::string>;

    explicit scripted_server(asio::any_io_executor executor)
        : acceptor_{executor, tcp::endpoint{asio::ip::address_v4::loopback(), 0}}
    {
    }

    unsigned short port() { return acceptor_.local_endpoint().port(); }

    awaitable<> serve(std::vector<connection> script)
    {
        for (const auto& answers : script) {
            auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
            ++accepted;
            std::string request;
            auto into = asio::dynamic_buffer(request);
            for (const auto& answer : answers) {
                const auto header = co_await asio::async_read_until(socket, into, "\r\n\r\n", asio::use_awaitable);
                into.consume(header);
                co_await asio::async_write(socket, asio::buffer(answer), asio::use_awaitable);
            }
        }
    }

    int accepted = 0;

private:
    tcp::acceptor acceptor_;
};

awaitable<result<http::response>> ask_scripted(std::string answer, std::string method = "GET")
{
    http::request what;
    what.method = std::move(method);
    const auto executor = co_await asio::this_coro::executor;
    scripted_server server{executor};
    http::client client{executor, to(server.port())};
    result<http::response> got = http::response{};
    const std::vector<scripted_server::connection> answers{{std::move(answer)}};
    const auto beside = [&](scope& children) -> awaitable<> {
        children.spawn(server.serve(answers));
        got = co_await client.send(what);
    };
    co_await with_scope({}, beside);
    co_return got;
}

}  // namespace

SLUICE_TEST_CASE(a_client_asks_over_kept_connections)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        http::client client{under_test.executor, to(under_test.server->port())};
        for (int i = 0; i < 20; ++i) {
            const auto echoed = co_await client.post("/echo", "body " + std::to_string(i));
            BOOST_TEST_REQUIRE(echoed.has_value());
            BOOST_TEST(echoed->body == "body " + std::to_string(i));
        }
        const auto missing = co_await client.get("/nowhere");
        BOOST_TEST(missing.value().status == 404u);
        BOOST_TEST(missing.value().header("content-type").value() == "application/problem+json");
        const auto big = co_await client.get("/big");
        BOOST_TEST(big.value().body.size() == 8u * 1024 * 1024);
        http::request head;
        head.method = "HEAD";
        head.target = "/hello";
        const auto headed = co_await client.send(head);
        BOOST_TEST(headed.value().header("Content-Length").value() == "5");
        BOOST_TEST(headed.value().body == "");
    };
    http::server_settings one_at_a_time;
    one_at_a_time.connections = 1;  // a second connection would wait for ever
    co_await with_server(body, one_at_a_time);
}

SLUICE_TEST_CASE(requests_beyond_the_clients_connections_wait_for_one)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        http::client client{under_test.executor, to(under_test.server->port())};
        int answered = 0;
        const auto ask = [&](http::client& client) -> awaitable<> {
            const auto got = co_await client.get("/slow");
            answered += got.has_value() && got->body == "done";
        };
        const auto beside = [&](scope& children) -> awaitable<> {
            for (int i = 0; i < 10; ++i) children.spawn(ask(client));
            while (answered < 10) {
                co_await until([&] { return under_test.running > 0 || answered == 10; });
                BOOST_TEST(under_test.running <= 4);
                under_test.gate.wake_all();
                co_await asio::post(under_test.executor, asio::use_awaitable);
            }
        };
        co_await with_scope({}, beside);
        BOOST_TEST(answered == 10);
    };
    co_await with_server(body);
}

SLUICE_TEST_CASE(without_a_connection_a_request_was_surely_not_sent)
{
    const auto executor = co_await asio::this_coro::executor;
    unsigned short unused = 0;
    {
        const tcp::acceptor taken{executor, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
        unused = taken.local_endpoint().port();
    }
    http::client client{executor, to(unused)};
    const auto got = co_await client.post("/checkout", "{}");
    BOOST_TEST_REQUIRE(got.has_error());
    BOOST_TEST((got.error() == errc::unavailable), got.error().message());
}

SLUICE_TEST_CASE(an_answer_that_is_lost_or_wrong_leaves_the_outcome_unknown)
{
    for (const std::string answer : {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "HTTP/1.1 2",
                                     "SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"}) {
        const auto got = co_await ask_scripted(answer, "POST");
        BOOST_TEST_REQUIRE(got.has_error(), answer);
        BOOST_TEST((got.error() == errc::outcome_unknown), answer + ": " + got.error().message());
    }
}

SLUICE_TEST_CASE(answers_in_every_frame_are_understood)
{
    const auto chunked =
        co_await ask_scripted("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
    BOOST_TEST(chunked.value().body == "abc");
    const auto to_the_end = co_await ask_scripted("HTTP/1.1 200 OK\r\n\r\nabc");
    BOOST_TEST(to_the_end.value().body == "abc");
    const auto continued =
        co_await ask_scripted("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\na");
    BOOST_TEST(continued.value().status == 201u);
    BOOST_TEST(continued.value().body == "a");
}

SLUICE_TEST_CASE(a_kept_connection_that_the_server_has_closed_is_not_used)
{
    const auto executor = co_await asio::this_coro::executor;
    scripted_server server{executor};
    http::client client{executor, to(server.port())};
    const std::vector<scripted_server::connection> answers(3, {empty_answer});
    const auto beside = [&](scope& children) -> awaitable<> {
        children.spawn(server.serve(answers));
        for (int i = 0; i < 3; ++i) {
            const auto got = co_await client.post("/", "x");
            BOOST_TEST(got.has_value());
        }
    };
    co_await with_scope({}, beside);
    BOOST_TEST(server.accepted == 3);
}

SLUICE_TEST_CASE(a_request_lost_on_a_kept_connection_is_repeated_only_if_it_has_no_effect)
{
    const auto executor = co_await asio::this_coro::executor;
    for (const std::string method : {"GET", "POST"}) {
        scripted_server server{executor};
        http::client client{executor, to(server.port())};
        // The second request is read, but not answered.
        const std::vector<scripted_server::connection> script{{empty_answer, ""}, {empty_answer}};
        http::request what;
        what.method = method;
        const auto beside = [&](scope& children) -> awaitable<> {
            children.spawn(server.serve(script));
            const auto first = co_await client.send(what);
            BOOST_TEST(first.has_value());
            const auto second = co_await client.send(what);
            BOOST_TEST(second.has_value() == (method == "GET"));
            if (second.has_error()) BOOST_TEST((second.error() == errc::outcome_unknown));
            children.cancel();
        };
        co_await with_scope({}, beside);
        BOOST_TEST(server.accepted == (method == "GET" ? 2 : 1));
    }
}

SLUICE_TEST_CASE(a_request_out_of_time_tells_whether_it_was_sent)
{
    clock::of(co_await asio::this_coro::executor).make_manual();
    const auto body = [](test_server& under_test) -> awaitable<> {
        http::client_settings one = to(under_test.server->port());
        one.connections = 1;
        http::client client{under_test.executor, one};
        result<http::response> sent = http::response{};
        result<http::response> waiting = http::response{};
        const auto ask = [&](result<http::response>& got) -> awaitable<> { got = co_await client.get("/slow"); };
        const auto beside = [&](scope& children) -> awaitable<> {
            children.spawn(ask(sent));
            co_await until([&] { return under_test.running == 1; });
            children.spawn(ask(waiting));
            for (int turn = 0; turn < 20; ++turn) co_await asio::post(under_test.executor, asio::use_awaitable);
            clock::of(under_test.executor).advance(10s);
        };
        co_await with_scope({}, beside);
        BOOST_TEST_REQUIRE(sent.has_error());
        BOOST_TEST((sent.error() == errc::outcome_unknown), sent.error().message());
        BOOST_TEST_REQUIRE(waiting.has_error());
        BOOST_TEST((waiting.error() == errc::timed_out), waiting.error().message());
        under_test.gate.wake_all();
    };
    co_await with_server(body);
}

SLUICE_TEST_CASE(a_cancelled_request_ends_at_once_and_frees_its_place)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        http::client_settings one = to(under_test.server->port());
        one.connections = 1;
        http::client client{under_test.executor, one};
        cancellation unwanted;
        const auto ask = [&]() -> awaitable<> { (void)co_await client.get("/slow"); };
        bool aborted = false;
        const auto watched = [&]() -> awaitable<> {
            try {
                co_await run_under(unwanted.token(), ask());
            } catch (const boost::system::system_error& e) {
                aborted = e.code() == asio::error::operation_aborted;
            }
        };
        const auto beside = [&](scope& children) -> awaitable<> {
            children.spawn(watched());
            co_await until([&] { return under_test.running == 1; });
            unwanted.cancel(cancel_reason::unwanted);
        };
        co_await with_scope({}, beside);
        BOOST_TEST(aborted);
        const auto next = co_await client.get("/hello");
        BOOST_TEST(next.value().body == "hello");
        under_test.gate.wake_all();
    };
    co_await with_server(body);
}

SLUICE_TEST_CASE(a_request_that_cannot_be_written_is_refused)
{
    http::client client{co_await asio::this_coro::executor, to(1)};
    for (const std::string bad : {"/a b", "/a\r\nX: y", "a", "", "/\x01"}) {
        const auto got = co_await client.get(bad);
        BOOST_TEST_REQUIRE(got.has_error(), bad);
        BOOST_TEST((got.error() == errc::invalid), bad);
    }
}
