#include "sluice/http/server.hpp"

#include "sluice/base/scope.hpp"
#include "sluice/base/wait_queue.hpp"
#include "sluice/http/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>
#include <algorithm>

namespace sluice::http {
namespace {

using asio::ip::tcp;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// How often limits of time are looked at: each may be exceeded by this much.
duration tick(const server_settings& settings)
{
    const auto shortest =
        std::min({settings.header_timeout, settings.body_timeout, settings.write_timeout, settings.idle_timeout});
    return std::clamp<duration>(shortest / 4, std::chrono::milliseconds{1}, std::chrono::milliseconds{250});
}

}  // namespace

void server_settings::validate() const
{
    const auto require = [](bool good, const char* what) {
        if (!good) throw failure{error{errc::invalid, what}};
    };
    require(connections > 0, "connections must be at least 1");
    require(header_limit >= 256 && header_limit <= 1024 * 1024, "header_limit must be 256 bytes to 1 MiB");
    require(header_timeout > duration::zero(), "header_timeout must be positive");
    require(body_timeout > duration::zero(), "body_timeout must be positive");
    require(write_timeout > duration::zero(), "write_timeout must be positive");
    require(idle_timeout > duration::zero(), "idle_timeout must be positive");
    require(drain >= duration::zero(), "drain must not be negative");
}

class server::state {
public:
    state(asio::any_io_executor executor, const router& routes, server_settings settings, logger log)
        : executor_{executor},
          acceptor_{executor},
          shared_{.routes = routes, .settings = std::move(settings), .log = std::move(log), .time = clock::of(executor)}
    {
        shared_.settings.validate();
    }

    void listen();
    [[nodiscard]] unsigned short port() const { return acceptor_.local_endpoint().port(); }
    awaitable<std::size_t> run(scope& children, cancellation_token stop);

private:
    awaitable<> accept(scope& children);
    awaitable<> serve(tcp::socket socket);
    awaitable<> watch();

    asio::any_io_executor executor_;
    tcp::acceptor acceptor_;
    serving shared_;
    boost::intrusive::list<connection, boost::intrusive::constant_time_size<false>> connections_;
    std::size_t open_ = 0;
    wait_queue changed_;  // a connection has ended, or it is time to stop
};

void server::state::listen()
{
    const auto& wanted = shared_.settings;
    error_code ec;
    const auto address = asio::ip::make_address(wanted.address, ec);
    if (ec) throw failure{error{errc::invalid, "'" + wanted.address + "' is no IP address to listen on"}};
    const tcp::endpoint endpoint{address, wanted.port};
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address{true});
    const int on = 1;
    if (wanted.reuse_port) ::setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    acceptor_.bind(endpoint, ec);
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    if (!ec) return;
    acceptor_.close();
    throw failure{error{errc::unavailable,
                        fmt::format("cannot listen on {} port {}: {}", wanted.address, wanted.port, ec.message())}};
}

awaitable<std::size_t> server::state::run(scope& children, cancellation_token stop)
{
    shared_.cut = children.token();
    children.spawn(accept(children));
    children.spawn(watch());
    const on_cancel wake{stop, [this](cancel_reason) { changed_.wake_all(); }};
    while (!stop.cancelled()) co_await changed_.wait();

    shared_.draining = true;
    acceptor_.close();
    changed_.wake_all();
    for (auto& peer : connections_) peer.drain();
    const auto limit = shared_.time.now() + shared_.settings.drain;
    for (bool in_time = true; in_time && open_ > 0;) in_time = co_await changed_.wait_until(limit);
    const auto unanswered = std::ranges::count_if(connections_, &connection::answering);
    if (open_ > 0)
        shared_.log.warning("{} HTTP connections did not end within the drain's limit, with {} requests unanswered",
                            open_, unanswered);
    children.cancel(cancel_reason::shutdown);
    co_return static_cast<std::size_t>(unanswered);
}

awaitable<> server::state::accept(scope& children)
{
    while (!shared_.draining) {
        if (open_ >= shared_.settings.connections) {
            co_await changed_.wait();
            continue;
        }
        auto accepted = co_await acceptor_.async_accept(as_result);
        const auto ec = std::get<0>(accepted);
        if (shared_.draining) co_return;
        if (!ec) {
            ++open_;
            children.spawn(serve(std::move(std::get<1>(accepted))));
        } else if (ec != asio::error::connection_aborted && ec != asio::error::operation_aborted) {
            // Most likely no file descriptors are left: some will be.
            shared_.log.warning("cannot accept a connection: {}", ec.message());
            co_await sleep_for(std::chrono::milliseconds{100});
        }
    }
}

awaitable<> server::state::serve(tcp::socket socket)
{
    struct place {
        state& of;
        ~place()
        {
            --of.open_;
            of.changed_.wake_all();
        }
    };
    const place held{*this};
    error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    socket.non_blocking(true, ignored);  // what a connection writes at once
    connection peer{std::move(socket), shared_};
    connections_.push_back(peer);
    try {
        co_await peer.run();
    } catch (const std::exception& e) {
        if (shared_.cut.cancelled()) throw;
        shared_.log.error("an HTTP connection failed: {}", e.what());
    }
}

awaitable<> server::state::watch()
{
    const auto every = tick(shared_.settings);
    for (;;) {
        co_await sleep_for(every);
        const auto now = shared_.time.now();
        for (auto& peer : connections_) peer.expire(now);
    }
}

server::server(asio::any_io_executor executor, const router& routes, server_settings settings, logger log)
    : state_{std::make_unique<state>(std::move(executor), routes, std::move(settings), std::move(log))}
{
}

server::~server() = default;

void server::listen()
{
    state_->listen();
}

unsigned short server::port() const
{
    return state_->port();
}

awaitable<std::size_t> server::run(cancellation_token stop)
{
    std::size_t unanswered = 0;
    const auto serve = [&](scope& children) -> awaitable<> { unanswered = co_await state_->run(children, stop); };
    co_await with_scope({}, serve);
    co_return unanswered;
}

}  // namespace sluice::http
