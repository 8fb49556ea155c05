#pragma once

#include "sluice/http/server.hpp"
#include "sluice/telemetry/metrics.hpp"

#include <functional>
#include <string>

namespace sluice {

/// Counts and times what an HTTP server answers, by role, method, route and status: for `server_settings::observe`.
/// `numbers` outlives it.
std::function<void(const http::served&)> http_numbers(metrics& numbers, std::string role);

}  // namespace sluice
