#include "fixture.hpp"

#include "sluice/base/clock.hpp"
#include "sluice/base/scope.hpp"

using namespace http_test;

namespace {

awaitable<raw_client> slow_client(test_server& under_test)
{
    auto client = co_await under_test.client();
    co_await client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    co_await until([&] { return under_test.running == 1; });
    co_return client;
}

}  // namespace

SLUICE_TEST_CASE(a_drain_closes_what_is_idle_and_answers_what_runs)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto running = co_await slow_client(under_test);
        co_await running.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        auto idle = co_await under_test.client();
        const auto kept = co_await idle.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_TEST(kept.keep_alive());
        const auto port = under_test.server->port();

        under_test.stop.cancel(cancel_reason::shutdown);
        const auto rest = co_await idle.rest();
        BOOST_TEST(rest == "");
        raw_client late{under_test.executor};
        const asio::ip::tcp::endpoint endpoint{asio::ip::address_v4::loopback(), port};
        const auto refused = co_await late.socket.async_connect(endpoint, asio::as_tuple(asio::use_awaitable));
        BOOST_TEST(std::get<0>(refused) == asio::error::connection_refused);
        BOOST_TEST(!under_test.ended);

        under_test.gate.wake_all();
        const auto answered = co_await running.answer();
        BOOST_TEST(answered.body() == "done");
        BOOST_TEST(answered["Connection"] == "close");
        const auto nothing = co_await running.rest();  // the request behind it was not begun
        BOOST_TEST(nothing == "");
        running.socket.close();
        co_await until([&] { return under_test.ended; });
        BOOST_TEST(under_test.lines.empty());
    };
    co_await with_server(body);
}

SLUICE_TEST_CASE(a_request_half_received_when_the_drain_begins_is_answered)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client = co_await under_test.client();
        const auto first = co_await client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /hel");
        BOOST_TEST(first.keep_alive());
        under_test.stop.cancel(cancel_reason::shutdown);
        const auto answered = co_await client.ask("lo HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_TEST(answered.body() == "hello");
        BOOST_TEST(!answered.keep_alive());
        client.socket.close();
        co_await until([&] { return under_test.ended; });
    };
    co_await with_server(body);
}

SLUICE_TEST_CASE(a_handler_that_does_not_end_is_cancelled_when_the_drains_limit_is_reached)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client = co_await slow_client(under_test);
        under_test.stop.cancel(cancel_reason::shutdown);
        auto& time = clock::of(under_test.executor);
        const auto start = time.now();
        while (!under_test.ended) {
            for (int turn = 0; turn < 20; ++turn) co_await asio::post(under_test.executor, asio::use_awaitable);
            if (!under_test.ended) time.advance(100ms);
        }
        BOOST_TEST((time.now() - start >= 10s && time.now() - start < 11s));
        BOOST_TEST(under_test.running == 0);
        BOOST_TEST(under_test.unanswered == 1u);
        BOOST_TEST_REQUIRE(under_test.lines.size() == 1u);
        BOOST_TEST(under_test.lines.front().find("1 HTTP connections did not end") != std::string::npos);
        const auto rest = co_await client.rest();
        BOOST_TEST(rest == "");
    };
    clock::of(co_await asio::this_coro::executor).make_manual();
    co_await with_server(body);
}

SLUICE_TEST_CASE(cancelling_who_runs_the_server_ends_everything_at_once)
{
    const http::server_settings settings;
    test_server under_test{co_await asio::this_coro::executor, settings};
    cancellation hard;
    bool cancelled = false;
    const auto serve = [&]() -> awaitable<> {
        try {
            co_await run_under(hard.token(), under_test.server->run({}));
        } catch (const boost::system::system_error& e) {
            cancelled = e.code() == asio::error::operation_aborted;
        }
    };
    const auto beside = [&](scope& children) -> awaitable<> {
        children.spawn(serve());
        auto running = co_await slow_client(under_test);
        auto idle = co_await under_test.client();
        hard.cancel(cancel_reason::unwanted);
        const auto nothing = co_await running.rest();
        const auto nothing_too = co_await idle.rest();
        BOOST_TEST(nothing.find("HTTP") == std::string::npos);
        BOOST_TEST(nothing_too.find("HTTP") == std::string::npos);
    };
    co_await with_scope({}, beside);
    BOOST_TEST(cancelled);
    BOOST_TEST(under_test.running == 0);
}
