#include "sluice/process/ports.hpp"

#include <spdlog/fmt/fmt.h>

#include <sys/socket.h>

#include <charconv>

namespace sluice {

using asio::ip::tcp;

result<claimed_port> claimed_port::claim(const std::string& address, unsigned short port)
{
    error_code ec;
    const auto ip = asio::ip::make_address(address, ec);
    if (ec) return error{errc::invalid, fmt::format("\"{}\" is no IP address to listen on", address)};
    auto loop = std::make_unique<asio::io_context>();
    tcp::endpoint where{ip, port};
    const auto taken = [&] {
        return error{errc::unavailable, fmt::format("cannot listen on {} port {}: {}", address, port, ec.message())};
    };
    if (port != 0) {
        // Without SO_REUSEPORT: it fails where anybody listens, be it with it.
        tcp::socket probe{*loop, where.protocol()};
        probe.set_option(tcp::socket::reuse_address{true});
        probe.bind(where, ec);
        if (ec) return taken();
    }
    // Without SO_REUSEADDR: two processes that claim at the same moment notice each other.
    tcp::socket socket{*loop, where.protocol()};
    const int on = 1;
    ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    socket.bind(where, ec);
    if (ec) return taken();
    const auto number = socket.local_endpoint().port();
    return claimed_port{std::move(loop), std::move(socket), number};
}

std::optional<host_and_port> parse_host_and_port(std::string_view text)
{
    const auto colon = text.rfind(':');
    if (colon == text.npos || colon == 0) return std::nullopt;
    auto host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    else if (host.find(':') != host.npos)
        return std::nullopt;
    unsigned short port = 0;
    const auto* const end = text.data() + text.size();
    const auto [stopped, bad] = std::from_chars(text.data() + colon + 1, end, port);
    if (bad != std::errc{} || stopped != end) return std::nullopt;
    return host_and_port{std::string{host}, port};
}

std::string to_string(const host_and_port& where)
{
    const auto v6 = where.host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", v6 ? "[" : "", where.host, v6 ? "]" : "", where.port);
}

}  // namespace sluice
