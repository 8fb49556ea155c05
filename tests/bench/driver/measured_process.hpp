#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace sluice::bench {

/// What became of a program, and what all of it cost.
struct measured_run {
    int status = 0;  ///< as a shell tells it
    std::string out, err;
    double cpu_seconds = 0;  ///< user and system, of all its threads and of the children it has waited for
    double peak_mb = 0;      ///< resident
};

/// Runs a program to its end; after `limit` it is killed, and so it is when the driver dies. Blocks. Throws
/// std::system_error if no process can be made.
measured_run run_measured(const std::vector<std::string>& command, std::chrono::seconds limit);

}  // namespace sluice::bench
