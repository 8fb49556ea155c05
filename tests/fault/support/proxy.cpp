#include "proxy.hpp"

#include "spans.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>

using namespace sluice;

proxy::proxy(const asio::any_io_executor& loop) : acceptor_{loop, {asio::ip::address_v4::loopback(), 0}} {}

awaitable<> proxy::run(unsigned short to)
{
    const auto accepting = [&](scope& connections) -> awaitable<> {
        for (;;) {
            auto client = co_await acceptor_.async_accept(asio::use_awaitable);
            if (!refusing_) connections.spawn(forward(std::move(client), to));
        }
    };
    co_await with_scope({}, accepting);
}

awaitable<> proxy::forward(tcp::socket client, unsigned short to)
{
    connection both{std::move(client), tcp::socket{acceptor_.get_executor()}};
    const tcp::endpoint server{asio::ip::address_v4::loopback(), to};
    const auto place = open_.insert(open_.end(), &both);
    const auto ways = [&](scope& two) -> awaitable<> {
        co_await both.server.async_connect(server, asio::use_awaitable);
        two.spawn(pump(both.client, both.server));
        two.spawn(pump(both.server, both.client));
    };
    try {
        co_await with_scope({}, ways);
    } catch (const boost::system::system_error&) {  // one side is gone, and with it the other
    }
    open_.erase(place);
}

awaitable<> proxy::pump(tcp::socket& from, tcp::socket& to)
{
    std::array<char, 65536> bytes;
    for (;;) {
        const auto size = co_await from.async_read_some(asio::buffer(bytes), asio::use_awaitable);
        if (delay_ > duration{}) co_await planned_pause(delay_);
        while (halted_) co_await going_on_.wait();
        co_await asio::async_write(to, asio::buffer(bytes, size), asio::use_awaitable);
    }
}

void proxy::cut()
{
    for (auto* one : open_)
        for (auto* side : {&one->client, &one->server}) {
            boost::system::error_code ignored;
            side->set_option(asio::socket_base::linger{true, 0}, ignored);
            side->close(ignored);
        }
}

void proxy::halt(bool whether)
{
    halted_ = whether;
    if (!halted_) going_on_.wake_all();
}
