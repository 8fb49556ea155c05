#pragma once

#include <functional>
#include <string>

namespace sluice::bench {

/// How a server is asked: `wrk`, a process of its own, posts checkouts over keep-alive connections.
struct http_load {
    unsigned short port = 0;
    int connections = 1;
    int seconds = 3;
    int warm_up = 1;  ///< seconds before, which do not count
};

/// Asks for as long as `how` says, from a thread of its own, while the caller serves in `loop()`, which returns after
/// `end()`; that is called on the other thread. Returns the worker's JSON: `records`, `seconds`, `cpu_us` (of this
/// process, a request), `p50_ms`, `p99_ms`. Throws std::runtime_error if the load could not be made, or a request was
/// not answered 2xx.
std::string serve_under(const http_load& how, const std::function<void()>& loop, const std::function<void()>& end);

}  // namespace sluice::bench
