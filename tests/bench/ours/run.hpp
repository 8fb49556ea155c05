#pragma once

#include "sluice/base/async.hpp"

#include <functional>
#include <string>
#include <vector>

namespace sluice::bench {

/// Runs a coroutine on a loop of its own, and returns or throws what it does.
std::string run(const std::function<awaitable<std::string>()>& body);

/// The value in the middle, that above 99 % of them, as members of a JSON object: `,"p50_ms":…,"p99_ms":…`.
std::string percentiles(std::vector<double> ms);

}  // namespace sluice::bench
