#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/cancellation.hpp"
#include "sluice/telemetry/log.hpp"

#include <functional>

namespace sluice {

/// Runs a coroutine on a loop of its own, on this thread, and returns its exit status or throws what it threw. SIGINT
/// and SIGTERM cancel its token with `shutdown`; what only says that it was cancelled then is status 128 + signal. A
/// second one ends the process at once, with status 128 + signal.
int run_on_loop(const logger& log, const std::function<awaitable<int>(cancellation_token stop)>& body);

}  // namespace sluice
