#pragma once

#include "sluice/base/clock.hpp"
#include "sluice/base/scope.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <list>

/// A TCP proxy on loopback that cuts, slows and halts what goes through it. One loop's thread.
class proxy {
public:
    /// Listens on a free port from now on.
    explicit proxy(const sluice::asio::any_io_executor& loop);

    [[nodiscard]] unsigned short port() const { return acceptor_.local_endpoint().port(); }

    /// Forwards to this port of 127.0.0.1 until it is cancelled.
    sluice::awaitable<> run(unsigned short to);

    /// Ends every connection, with a reset.
    void cut();
    /// New connections are closed at once.
    void refuse(bool whether) noexcept { refusing_ = whether; }
    /// Each piece of data waits for so long.
    void slow_down(sluice::duration by) noexcept { delay_ = by; }
    /// Nothing goes through, and nobody is told.
    void halt(bool whether);

    [[nodiscard]] std::size_t connections() const noexcept { return open_.size(); }

private:
    using tcp = sluice::asio::ip::tcp;
    struct connection {
        tcp::socket client, server;
    };

    sluice::awaitable<> forward(tcp::socket client, unsigned short to);
    sluice::awaitable<> pump(tcp::socket& from, tcp::socket& to);

    tcp::acceptor acceptor_;
    std::list<connection*> open_;
    sluice::duration delay_{};
    bool refusing_ = false, halted_ = false;
    sluice::wait_queue going_on_;
};
