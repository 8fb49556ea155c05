#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/cancellation.hpp"
#include "sluice/base/clock.hpp"
#include "sluice/http/router.hpp"
#include "sluice/telemetry/log.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::http {

/// One answered request, for counting. The views live as long as the call.
struct served {
    std::string_view method;   ///< empty if the request could not be parsed
    std::string_view pattern;  ///< of its route, "/stock/{sku}"; empty if there was none
    unsigned status = 0;
    double seconds = 0;  ///< from its first byte to the last byte of the answer handed to the kernel
};

struct server_settings {
    std::string address = "127.0.0.1";  ///< an IP address
    unsigned short port = 0;            ///< 0: the kernel chooses, see `server::port`
    bool reuse_port = false;  ///< several servers, one a shard, share the port; the kernel spreads connections
    /// At once. Beyond them nothing is accepted: who comes waits in the kernel's queue, without costing work
    /// (a 503 would cost most when there is least of it), and gets in when idle connections time out.
    std::size_t connections = 10'000;
    std::size_t header_limit = 16 * 1024;                ///< bytes, request line included
    std::size_t body_limit = 1024 * 1024;                ///< bytes
    duration header_timeout = std::chrono::seconds{10};  ///< from the first byte of a request to the end of its header
    duration body_timeout = std::chrono::seconds{30};    ///< for the whole body
    duration write_timeout = std::chrono::seconds{30};   ///< for the client to take a whole answer
    duration idle_timeout = std::chrono::seconds{60};    ///< between requests, and before the first
    duration drain = std::chrono::seconds{10};           ///< for running requests to end after `stop`
    std::function<void(const served&)> observe = {};     ///< called once an answer, on the loop

    /// Throws `failure` (errc::invalid) that names the bad property.
    void validate() const;
};

/// An HTTP/1.1 server on one loop: keep-alive, pipelining, limits on everything, errors as problem+json. A
/// handler's exception is logged and answered 500. A handler is not cancelled when its client goes away: what
/// it does (an order in a topic) must end known, and a client may close its sending half and still wait.
/// Used from its loop's thread. The router outlives it.
class server {
public:
    server(asio::any_io_executor executor, const router& routes, server_settings settings, logger log);
    server(const server&) = delete;
    server& operator=(const server&) = delete;
    ~server();

    /// Binds and listens. Throws `failure`: errc::unavailable when the port is taken or forbidden, errc::invalid
    /// for what is no address.
    void listen();
    /// The port that it listens on.
    [[nodiscard]] unsigned short port() const;

    /// Serves, after `listen`, until `stop`; then drains: closes the acceptor and idle connections at once, answers
    /// what has begun to arrive with `Connection: close`, and cancels what is left after `drain`. Returns when every
    /// connection has ended: how many requests were cut short by the drain's limit, and so are unanswered. Cancelling
    /// the caller cancels everything at once.
    awaitable<std::size_t> run(cancellation_token stop);

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace sluice::http
