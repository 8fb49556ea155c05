#include "fixture.hpp"

#include "sluice/base/clock.hpp"
#include "sluice/base/scope.hpp"

using namespace http_test;

namespace {

struct ending {
    duration after;     // of the clock's time
    std::string bytes;  // what the server said before it closed
};

awaitable<> read_rest(raw_client& client, std::string& bytes, bool& closed)
{
    bytes = co_await client.rest();
    closed = true;
}

// Moves the manual clock on in small steps until the server closes. Each second it sends `drip`.
awaitable<ending> time_to_close(raw_client& client, std::string drip = {})
{
    auto& time = clock::of(co_await asio::this_coro::executor);
    const auto start = time.now();
    std::string bytes;
    bool closed = false;
    const auto beside = [&](scope& children) -> awaitable<> {
        children.spawn(read_rest(client, bytes, closed));
        const auto open = [&] { return !closed; };
        for (int step = 0; open(); ++step) {
            if (!drip.empty() && step % 10 == 0) {
                error_code ignored;
                client.socket.send(asio::buffer(drip), 0, ignored);
            }
            for (int turn = 0; turn < 20; ++turn)
                co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
            time.advance(100ms);
        }
    };
    co_await with_scope({}, beside);
    co_return ending{time.now() - start, bytes};
}

// A client that the server has surely begun to listen to.
awaitable<raw_client> known_client(test_server& under_test, std::string then = {})
{
    auto client = co_await under_test.client();
    const auto answered = co_await client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n" + then);
    BOOST_TEST(answered.body() == "hello");
    co_return client;
}

awaitable<> with_manual_clock(std::function<awaitable<>(test_server&)> body)
{
    clock::of(co_await asio::this_coro::executor).make_manual();
    co_await with_server(std::move(body));
}

void check_within(duration taken, duration limit)
{
    BOOST_TEST((taken >= limit && taken <= limit + 2s), std::chrono::duration<double>(taken).count() << " s");
}

}  // namespace

SLUICE_TEST_CASE(a_header_that_drips_in_is_a_408_after_its_time_limit)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client = co_await known_client(under_test, "GET /hel");
        const auto end = co_await time_to_close(client, "l");
        check_within(end.after, 10s);
        BOOST_TEST(end.bytes.starts_with("HTTP/1.1 408 Request Timeout\r\n"), end.bytes);
        BOOST_TEST(end.bytes.find("/problems/request-timeout") != std::string::npos);
    };
    co_await with_manual_clock(body);
}

SLUICE_TEST_CASE(a_body_that_drips_in_is_a_408_after_its_time_limit)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client =
            co_await known_client(under_test, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
        const auto end = co_await time_to_close(client, "b");
        check_within(end.after, 30s);
        BOOST_TEST(end.bytes.starts_with("HTTP/1.1 408 Request Timeout\r\n"), end.bytes);
    };
    co_await with_manual_clock(body);
}

SLUICE_TEST_CASE(an_idle_connection_is_closed_in_silence)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client = co_await known_client(under_test);
        const auto end = co_await time_to_close(client);
        check_within(end.after, 60s);
        BOOST_TEST(end.bytes == "");
        auto silent = co_await under_test.client();
        const auto never_spoke = co_await time_to_close(silent);
        BOOST_TEST(never_spoke.bytes == "");
    };
    co_await with_manual_clock(body);
}

SLUICE_TEST_CASE(a_client_that_does_not_read_its_answer_is_let_go)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        raw_client client{under_test.executor};
        client.socket.open(asio::ip::tcp::v4());
        client.socket.set_option(asio::socket_base::receive_buffer_size{4096});
        co_await client.connect(under_test.server->port());
        co_await client.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
        auto& time = clock::of(under_test.executor);
        while (under_test.seen.empty()) {
            for (int turn = 0; turn < 20; ++turn) co_await asio::post(under_test.executor, asio::use_awaitable);
            time.advance(1s);
        }
        const auto rest = co_await client.rest();
        BOOST_TEST(rest.size() < 8u * 1024 * 1024);
    };
    co_await with_manual_clock(body);
}

SLUICE_TEST_CASE(a_handler_takes_as_long_as_it_needs)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client = co_await under_test.client();
        co_await client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
        co_await until([&] { return under_test.running == 1; });
        auto& time = clock::of(under_test.executor);
        for (int minute = 0; minute < 60; ++minute) {
            time.advance(1min);
            for (int turn = 0; turn < 5; ++turn) co_await asio::post(under_test.executor, asio::use_awaitable);
        }
        under_test.gate.wake_all();
        const auto answered = co_await client.answer();
        BOOST_TEST(answered.body() == "done");
    };
    co_await with_manual_clock(body);
}
