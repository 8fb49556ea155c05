#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// The checkout as one would write it for speed: bare Beast with callbacks on one thread, executors that are not
/// type-erased, no time limits, no router, and only the checks without which it could not go on.
namespace raw {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

class client;

/// What becomes of an order that was read: `client::answer` is to be called, now or later.
class taker {
public:
    virtual ~taker() = default;
    virtual void take(client& from) = 0;
    bool wants_event = true;
};

/// One connection.
class client : public std::enable_shared_from_this<client> {
public:
    using socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;

    client(socket from, taker& to);
    void read();
    void answer(bool accepted);

    [[nodiscard]] const std::string& customer() const { return customer_; }
    [[nodiscard]] const std::string& order_id() const { return order_id_; }
    /// The order as it goes to Kafka.
    [[nodiscard]] const std::string& event() const { return event_; }

    std::shared_ptr<client> kept;  ///< itself, while the taker needs it

private:
    void handle();
    bool read_order();
    void write(http::status status, std::string body);

    socket socket_;
    taker& to_;
    beast::flat_buffer buffer_;
    http::request<http::string_body> request_;
    std::optional<http::response<http::string_body>> response_;
    std::array<unsigned char, 4096> parsed_;  // what the body becomes
    std::string customer_, order_id_, event_;
};

/// Accepts on a free port, which is returned, as long as the loop runs.
unsigned short accept_on(asio::io_context& loop, taker& to);

}  // namespace raw
