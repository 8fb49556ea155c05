#pragma once

#include "sluice/base/cancellation.hpp"
#include "sluice/base/wait_queue.hpp"
#include "sluice/http/server.hpp"
#include "sluice/testing/test_case.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <functional>
#include <string>
#include <vector>

namespace http_test {

using namespace sluice;
using namespace std::chrono_literals;
using raw_response = boost::beast::http::response<boost::beast::http::string_body>;

/// A client that sends exactly the bytes it is told to, and reads with Beast's own reader.
class raw_client {
public:
    explicit raw_client(asio::any_io_executor executor) : socket{std::move(executor)} {}

    awaitable<> connect(unsigned short port);
    awaitable<> send(std::string bytes);
    awaitable<raw_response> answer(bool to_head = false);
    awaitable<raw_response> ask(std::string bytes);
    /// The bytes until the server closes; "reset" is added if it does so rudely.
    awaitable<std::string> rest();

    asio::ip::tcp::socket socket;

private:
    boost::beast::flat_buffer buffer_;
};

/// A server with a few routes: GET /hello, POST /echo, GET /big (8 MiB), GET /boom (throws), GET /dropped, GET
/// /status/{code} (0 throws an int), GET /stock/{sku}, and GET /slow, which waits for `gate`.
struct test_server {
    test_server(asio::any_io_executor executor, http::server_settings settings);

    awaitable<raw_client> client();

    asio::any_io_executor executor;
    http::router routes;
    wait_queue gate;
    int running = 0;                 ///< handlers of /slow
    std::vector<std::string> lines;  ///< of the log
    std::vector<std::string> seen;   ///< by the observer: "GET /stock/{sku} 200"
    cancellation stop;
    std::unique_ptr<http::server> server;
    bool ended = false;
    std::size_t unanswered = 0;  // once it has ended
};

/// Runs `body` beside a server, then stops it and waits for its end.
awaitable<> with_server(std::function<awaitable<>(test_server&)> body, const http::server_settings& settings);
awaitable<> with_server(std::function<awaitable<>(test_server&)> body);

/// Lets everything that is ready run until `done`.
awaitable<> until(std::function<bool()> done);

std::string type_of(const raw_response& problem);

}  // namespace http_test
