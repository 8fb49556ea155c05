#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/clock.hpp"
#include "sluice/base/result.hpp"
#include "sluice/http/message.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::http {

struct client_settings {
    std::string host = "127.0.0.1";  ///< a name or an IP address
    unsigned short port = 80;
    std::size_t connections = 64;                    ///< at once; beyond them requests wait, first come, first served
    std::size_t header_limit = 16 * 1024;            ///< bytes of an answer's header
    std::size_t body_limit = 16 * 1024 * 1024;       ///< bytes of an answer's body
    duration time_limit = std::chrono::seconds{10};  ///< for a whole request, unless it is given its own
};

/// Sends requests to one server over kept connections. It outlives its requests. Used from its loop's thread.
///
/// An answer of any status is a value. The errors tell whether a request that did not get one may have had an
/// effect: errc::unavailable and errc::timed_out surely not (there was no connection, or none in time),
/// errc::outcome_unknown perhaps (lost, out of time, or not understood after it was sent), errc::invalid never
/// (it cannot be written). What has no effect by its method (GET, HEAD, OPTIONS) is tried once more when
/// a kept connection turns out to be closed. Cancellation ends a request with operation_aborted.
class client {
public:
    client(asio::any_io_executor executor, client_settings settings);
    client(const client&) = delete;
    client& operator=(const client&) = delete;
    ~client();

    /// Name the request before the `co_await`: g++ 12 destroys an aggregate that is written inside one twice.
    awaitable<result<response>> send(request what, std::optional<duration> time_limit = std::nullopt);
    awaitable<result<response>> get(std::string target);
    awaitable<result<response>> post(std::string target, std::string body, header_fields headers = {});

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace sluice::http
