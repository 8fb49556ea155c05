#include "fixture.hpp"

#include <boost/asio/write.hpp>

using namespace http_test;

SLUICE_TEST_CASE(a_connection_is_kept_and_answers_in_order)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client = co_await under_test.client();
        for (int i = 0; i < 3; ++i) {
            const auto answered = co_await client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
            BOOST_TEST(answered.body() == "hello");
            BOOST_TEST(answered.keep_alive());
            BOOST_TEST(answered["Date"].ends_with(" GMT"));
        }
        std::string pipelined;
        for (int i = 0; i < 100; ++i) {
            const auto text = "number " + std::to_string(i);
            pipelined += "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(text.size()) +
                         "\r\n\r\n" + text + "GET /stock/" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
        }
        co_await client.send(pipelined);
        for (int i = 0; i < 100; ++i) {
            const auto echoed = co_await client.answer();
            BOOST_TEST(echoed.body() == "number " + std::to_string(i));
            const auto stock = co_await client.answer();
            BOOST_TEST(stock.body() == '"' + std::to_string(i) + '"');
        }
    };
    co_await with_server(body);
}

SLUICE_TEST_CASE(a_request_may_come_byte_by_byte)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client = co_await under_test.client();
        const std::string plain = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde";
        const std::string chunked =
            "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            "3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: y\r\n\r\n";
        for (const auto& request : {plain, chunked}) {
            for (const char byte : request) {
                const std::string one{byte};
                co_await client.send(one);
                for (int turn = 0; turn < 4; ++turn) co_await asio::post(under_test.executor, asio::use_awaitable);
            }
            const auto answered = co_await client.answer();
            BOOST_TEST(answered.body() == "abcde");
        }
    };
    co_await with_server(body);
}

SLUICE_TEST_CASE(a_dropped_answer_is_none_and_ends_its_connection_alone)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client = co_await under_test.client();
        auto other = co_await under_test.client();
        co_await client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /dropped HTTP/1.1\r\nHost: x\r\n\r\n");
        const auto before = co_await client.answer();
        BOOST_TEST(before.body() == "hello");
        const auto rest = co_await client.rest();
        BOOST_TEST(rest == "");
        BOOST_TEST(under_test.seen.back() == "GET /dropped 0");
        const auto answered = co_await other.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_TEST(answered.body() == "hello");
    };
    co_await with_server(body);
}

SLUICE_TEST_CASE(head_is_answered_like_get_without_a_body)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client = co_await under_test.client();
        co_await client.send("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        const auto answered = co_await client.answer(true);
        BOOST_TEST(answered.result_int() == 200u);
        BOOST_TEST(answered["Content-Length"] == "5");
        const auto next = co_await client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_TEST(next.body() == "hello");
        BOOST_TEST(under_test.seen.front() == "HEAD /hello 200");
    };
    co_await with_server(body);
}

SLUICE_TEST_CASE(another_method_is_a_405_with_allow_and_the_connection_is_kept)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client = co_await under_test.client();
        const auto refused = co_await client.ask("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
        BOOST_TEST(refused.result_int() == 405u);
        BOOST_TEST(refused["Allow"] == "OPTIONS, POST");
        BOOST_TEST(type_of(refused) == "/problems/method-not-allowed");
        const auto missing = co_await client.ask("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_TEST(type_of(missing) == "/problems/not-found");
        const auto options = co_await client.ask("OPTIONS /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_TEST(options.result_int() == 204u);
        BOOST_TEST(options["Allow"] == "OPTIONS, GET, HEAD");
        const std::vector<std::string> expected{"PUT  405", "GET  404", "OPTIONS  204"};
        BOOST_TEST(under_test.seen == expected, boost::test_tools::per_element());
    };
    co_await with_server(body);
}

SLUICE_TEST_CASE(a_refused_request_whose_body_is_not_here_ends_the_connection)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client = co_await under_test.client();
        const auto refused = co_await client.ask("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\n");
        BOOST_TEST(refused.result_int() == 405u);
        BOOST_TEST(!refused.keep_alive());
        client.socket.shutdown(asio::socket_base::shutdown_send);
        const auto rest = co_await client.rest();
        BOOST_TEST(rest == "");
    };
    co_await with_server(body);
}

SLUICE_TEST_CASE(a_handlers_exception_is_a_500_that_tells_nothing_and_is_logged)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client = co_await under_test.client();
        const auto answered = co_await client.ask("GET /boom HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_TEST(answered.result_int() == 500u);
        BOOST_TEST(type_of(answered) == "/problems/internal-error");
        BOOST_TEST(answered.body().find("secret") == std::string::npos);
        BOOST_TEST_REQUIRE(under_test.lines.size() == 1u);
        BOOST_TEST(under_test.lines.front().find("GET /boom failed: the secret") != std::string::npos);
        const auto next = co_await client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_TEST(next.body() == "hello");
    };
    co_await with_server(body);
}

SLUICE_TEST_CASE(an_answer_has_a_body_only_where_its_status_allows_one)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client = co_await under_test.client();
        for (const int code : {200, 204, 304, 404, 503}) {
            const auto answered =
                co_await client.ask("GET /status/" + std::to_string(code) + " HTTP/1.1\r\nHost: x\r\n\r\n");
            const bool empty = code == 204 || code == 304;
            BOOST_TEST(answered.result_int() == static_cast<unsigned>(code));
            BOOST_TEST(answered.body() == (empty ? "" : "body"));
            BOOST_TEST(answered.count("Content-Length") == (empty ? 0u : 1u));
        }
    };
    co_await with_server(body);
}

SLUICE_TEST_CASE(a_handler_that_answers_or_throws_nonsense_is_a_500)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client = co_await under_test.client();
        for (const std::string code : {"0", "-1", "100", "199", "600"}) {
            const auto answered = co_await client.ask("GET /status/" + code + " HTTP/1.1\r\nHost: x\r\n\r\n");
            BOOST_TEST(answered.result_int() == 500u, code);
        }
        BOOST_TEST(under_test.lines.size() == 5u);
    };
    co_await with_server(body);
}

SLUICE_TEST_CASE(http_1_0_closes_unless_told_to_stay)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client = co_await under_test.client();
        const auto kept = co_await client.ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        BOOST_TEST(kept["Connection"] == "keep-alive");
        const auto last = co_await client.ask("GET /hello HTTP/1.0\r\n\r\n");
        BOOST_TEST(last.body() == "hello");
        const auto rest = co_await client.rest();
        BOOST_TEST(rest == "");
        auto other = co_await under_test.client();
        const auto closed = co_await other.ask("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        BOOST_TEST(!closed.keep_alive());
        const auto nothing = co_await other.rest();
        BOOST_TEST(nothing == "");
    };
    co_await with_server(body);
}

SLUICE_TEST_CASE(a_client_that_has_closed_its_sending_half_is_still_answered)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client = co_await under_test.client();
        co_await client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        client.socket.shutdown(asio::socket_base::shutdown_send);
        const auto answered = co_await client.answer();
        BOOST_TEST(answered.body() == "hello");
        const auto rest = co_await client.rest();
        BOOST_TEST(rest == "");
    };
    co_await with_server(body);
}

SLUICE_TEST_CASE(a_client_that_goes_away_while_it_is_answered_hurts_nobody)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        {
            auto client = co_await under_test.client();
            co_await client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
            co_await until([&] { return under_test.running == 1; });
            client.socket.set_option(asio::socket_base::linger{true, 0});
        }
        under_test.gate.wake_all();
        co_await until([&] { return under_test.seen.size() == 1; });
        auto other = co_await under_test.client();
        const auto answered = co_await other.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_TEST(answered.body() == "hello");
        BOOST_TEST(under_test.lines.empty());
    };
    co_await with_server(body);
}

SLUICE_TEST_CASE(expect_100_continue_is_answered_before_the_body_comes)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client = co_await under_test.client();
        co_await client.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
        const auto go_on = co_await client.answer();
        BOOST_TEST(go_on.result_int() == 100u);
        const auto answered = co_await client.ask("abc");
        BOOST_TEST(answered.body() == "abc");

        const auto at_once = co_await client.ask(
            "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc");
        BOOST_TEST(at_once.result_int() == 200u);
        const auto refused = co_await client.ask(
            "POST /nowhere HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
        BOOST_TEST(refused.result_int() == 404u);
    };
    co_await with_server(body);
}

SLUICE_TEST_CASE(beyond_its_connections_a_server_lets_clients_wait)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto first = co_await under_test.client();
        const auto kept = co_await first.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_TEST(kept.result_int() == 200u);
        auto second = co_await under_test.client();
        co_await second.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        const auto again = co_await first.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_TEST(again.result_int() == 200u);
        BOOST_TEST(second.socket.available() == 0u);
        first.socket.close();
        const auto let_in = co_await second.answer();
        BOOST_TEST(let_in.body() == "hello");
    };
    const http::server_settings settings{.connections = 1};
    co_await with_server(body, settings);
}

SLUICE_TEST_CASE(a_taken_port_is_an_error_that_says_so)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        http::server second{under_test.executor, under_test.routes, {.port = under_test.server->port()}, {}};
        const auto says_so = [&](const failure& e) {
            return e.why() == errc::unavailable &&
                   e.why().detail.find(std::to_string(under_test.server->port())) != std::string::npos &&
                   e.why().detail.find("in use") != std::string::npos;
        };
        BOOST_CHECK_EXCEPTION(second.listen(), failure, says_so);
        http::server nowhere{under_test.executor, under_test.routes, {.address = "localhost"}, {}};
        BOOST_CHECK_THROW(nowhere.listen(), failure);
        co_return;
    };
    co_await with_server(body);
}

SLUICE_TEST_CASE(servers_can_share_a_port)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        http::server second{
            under_test.executor, under_test.routes, {.port = under_test.server->port(), .reuse_port = true}, {}};
        second.listen();
        BOOST_TEST(second.port() == under_test.server->port());
        co_return;
    };
    const http::server_settings settings{.reuse_port = true};
    co_await with_server(body, settings);
}
