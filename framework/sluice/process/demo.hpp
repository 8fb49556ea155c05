#pragma once

#include "sluice/base/cancellation.hpp"
#include "sluice/kafka/settings.hpp"
#include "sluice/process/settings.hpp"
#include "sluice/telemetry/log.hpp"
#include "sluice/telemetry/metrics.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <string>

namespace sluice {

/// What a program's demo sees while all its roles run: where they are, and what it was asked for. It runs on a loop
/// of its own thread, and the roles drain when it returns. `print` and `exit_status` are for the verdict.
struct demo {
    asio::any_io_executor executor;
    /// Cancelled with `shutdown` by Ctrl-C: stop the load, wait for what is under way, and give the verdict.
    cancellation_token stop;
    const sluice::settings& settings;
    const logger& log;
    metrics& numbers;
    duration length;                          ///< setting `for`
    std::int64_t rate;                        ///< setting `rate`, a second
    std::map<std::string, std::string> urls;  ///< by role: `http://127.0.0.1:8080`
    std::string admin_url;                    ///< empty: there is no admin listener
    const kafka::settings& kafka;
    std::filesystem::path data_dir;
    /// Writes a line to standard output, at once.
    std::function<void(const std::string& line)> print;
    /// What the process ends with if nothing else went wrong.
    int exit_status = 0;
};

}  // namespace sluice
