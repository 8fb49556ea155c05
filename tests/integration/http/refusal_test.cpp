#include "fixture.hpp"

using namespace http_test;
using namespace std::string_literals;

namespace {

struct refused {
    std::string bytes;
    unsigned status;
    std::string type;
};

// What must be refused: each on a connection of its own, which must end afterwards.
const std::vector<refused> table{
    {"\r\n\r\n", 400, "malformed-request"},
    {"GET\r\n\r\n", 400, "malformed-request"},
    {"GET /hello\r\n\r\n", 400, "malformed-request"},
    {"GET /hello FTP/1.1\r\n\r\n", 400, "malformed-request"},
    {"GET /hello HTTP/1.1 \r\n\r\n", 400, "malformed-request"},
    {"G@T /hello HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed-request"},
    {"GET  /hello HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed-request"},
    {"GET /he llo HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed-request"},
    {"\x16\x03\x01\x02\x01\x01", 400, "malformed-request"},
    {"GET /hello HTTP/2.0\r\nHost: x\r\n\r\n", 505, "unsupported-version"},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "unsupported-version"},
    {"GET /hello HTTP/0.9\r\nHost: x\r\n\r\n", 505, "unsupported-version"},
    {"GET /hello HTTP/1.1\r\nHost : x\r\n\r\n", 400, "malformed-request"},
    {"GET /hello HTTP/1.1\r\nHost: x\nX: y\r\n\r\n", 400, "malformed-request"},
    {"GET /hello HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", 400, "malformed-request"},
    {"GET /hello HTTP/1.1\r\nHost: x\r\nX: a"s + '\0' + "b\r\n\r\n", 400, "malformed-request"},
    {"GET /hel"s + '\0' + "lo HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed-request"},
    {"GET /hello "
     "HTTP/1.1\r\n\r\n",
     400, "malformed-request"},
    {"GET /hello HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400, "malformed-request"},
    // Two readings of where a body ends are how requests are smuggled.
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400, "malformed-request"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400, "malformed-request"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n", 400, "malformed-request"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc", 400, "malformed-request"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400, "malformed-request"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc", 400, "malformed-request"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0x3\r\n\r\nabc", 400, "malformed-request"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n", 400, "malformed-request"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400, "malformed-request"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
     "malformed-request"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400,
     "malformed-request"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", 400,
     "malformed-request"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: "
     "chunked\r\n\r\n0\r\n\r\n",
     400, "malformed-request"},
    {"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "malformed-request"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nGET /hello HTTP/1.1\r\n", 501,
     "unsupported-transfer-encoding"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501,
     "unsupported-transfer-encoding"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501,
     "unsupported-transfer-encoding"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400, "malformed-request"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400, "malformed-request"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n", 400,
     "malformed-request"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\n", 400,
     "malformed-request"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nContent-Length: 3\r\n\r\n", 417, "expectation-failed"},
    // Limits, here 1 KiB of header and 4 KiB of body.
    {"GET /" + std::string(2000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414, "target-too-long"},
    {"GET /" + std::string(2000, 'a'), 414, "target-too-long"},
    {std::string(2000, 'A'), 414, "target-too-long"},
    {"GET /hello HTTP/1.1\r\nHost: x\r\nX: " + std::string(2000, 'a'), 431, "header-too-large"},
    {"GET /hello HTTP/1.1\r\nHost: x\r\nX: " + std::string(1000, 'a') + "\r\n\r\n", 431, "header-too-large"},
    {"GET /hello HTTP/1.1\r\nHost: x\r\n" + std::string(2000, 'a'), 431, "header-too-large"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4097\r\n\r\n", 413, "body-too-large"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9223372036854775808\r\n\r\n", 413, "body-too-large"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4097\r\n\r\n", 413, "body-too-large"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1001\r\n", 413, "body-too-large"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n" + std::string(2048, 'a') +
         "\r\n801\r\n",
     413, "body-too-large"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(2000, 'a'), 431,
     "header-too-large"},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + std::string(2000, 'a'), 431,
     "header-too-large"},
};

// What is refused without ending the connection, because it is clear where it ends.
const std::vector<refused> kept{
    {"GET /stock/%ff HTTP/1.1\r\nHost: x\r\n\r\n", 400, "invalid-target"},
    {"GET /stock/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", 400, "invalid-target"},
    {"GET /stock/%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "invalid-target"},
    {"GET hello HTTP/1.1\r\nHost: x\r\n\r\n", 400, "invalid-target"},
    {"CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "invalid-target"},
    {"BREW /hello HTTP/1.1\r\nHost: x\r\n\r\n", 405, "method-not-allowed"},
};

}  // namespace

SLUICE_TEST_CASE(what_cannot_be_trusted_is_refused_with_a_problem_and_ends_the_connection)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        for (const auto& bad : table) {
            BOOST_TEST_CONTEXT(bad.bytes)
            {
                auto client = co_await under_test.client();
                const auto answered = co_await client.ask(bad.bytes);
                BOOST_TEST(answered.result_int() == bad.status);
                BOOST_TEST(type_of(answered) == "/problems/" + bad.type);
                BOOST_TEST(!answered.keep_alive());
                client.socket.shutdown(asio::socket_base::shutdown_send);
                const auto rest = co_await client.rest();
                BOOST_TEST(rest == "");
            }
        }
    };
    const http::server_settings settings{.header_limit = 1024, .body_limit = 4096};
    co_await with_server(body, settings);
}

SLUICE_TEST_CASE(what_is_clear_but_wrong_is_refused_and_the_connection_is_kept)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client = co_await under_test.client();
        for (const auto& bad : kept) {
            BOOST_TEST_CONTEXT(bad.bytes)
            {
                const auto answered = co_await client.ask(bad.bytes);
                BOOST_TEST(answered.result_int() == bad.status);
                BOOST_TEST(type_of(answered) == "/problems/" + bad.type);
            }
        }
        const auto answered = co_await client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_TEST(answered.body() == "hello");
    };
    co_await with_server(body);
}

SLUICE_TEST_CASE(a_request_at_its_limits_is_answered)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client = co_await under_test.client();
        const std::string start = "GET /hello HTTP/1.1\r\nHost: x\r\nX: ";
        const auto full = start + std::string(1024 - start.size() - 4, 'a') + "\r\n\r\n";
        const auto header = co_await client.ask(full);
        BOOST_TEST(header.result_int() == 200u);
        const auto all = std::string(4096, 'a');
        const auto plain = co_await client.ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4096\r\n\r\n" + all);
        BOOST_TEST(plain.body() == all);
        const auto chunked = co_await client.ask(
            "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n" + all + "\r\n0\r\n\r\n");
        BOOST_TEST(chunked.body() == all);
    };
    const http::server_settings settings{.header_limit = 1024, .body_limit = 4096};
    co_await with_server(body, settings);
}

SLUICE_TEST_CASE(a_client_that_goes_on_sending_a_refused_body_still_gets_the_answer)
{
    const auto body = [](test_server& under_test) -> awaitable<> {
        auto client = co_await under_test.client();
        co_await client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n" +
                             std::string(4'000'000, 'a'));
        const auto answered = co_await client.answer();
        BOOST_TEST(answered.result_int() == 413u);
    };
    co_await with_server(body);
}
