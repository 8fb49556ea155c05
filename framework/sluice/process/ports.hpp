#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/result.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// A TCP port that is ours before anything listens on it. Nobody listened on it when it was claimed, and who wants it
/// now must share it (SO_REUSEPORT), as the shards' servers do. It takes no connections itself.
class claimed_port {
public:
    /// Port 0: one that is free. `errc::unavailable`: taken or forbidden; `errc::invalid`: no IP address.
    static result<claimed_port> claim(const std::string& address, unsigned short port);

    [[nodiscard]] unsigned short number() const noexcept { return number_; }

private:
    claimed_port(std::unique_ptr<asio::io_context> loop, asio::ip::tcp::socket socket, unsigned short number)
        : loop_{std::move(loop)},
          socket_{std::move(socket)},
          number_{number}
    {
    }

    std::unique_ptr<asio::io_context> loop_;  // never run: a socket wants one
    asio::ip::tcp::socket socket_;
    unsigned short number_;
};

/// `127.0.0.1:9100`, `[::1]:9100`.
struct host_and_port {
    std::string host;
    unsigned short port = 0;
};
std::optional<host_and_port> parse_host_and_port(std::string_view text);

/// The same as text, as a URL wants it.
std::string to_string(const host_and_port& where);

}  // namespace sluice
