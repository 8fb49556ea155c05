#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/clock.hpp"

#include <functional>
#include <source_location>
#include <stdexcept>

namespace sluice::testing {

struct test_settings {
    duration limit = std::chrono::seconds{30};  ///< of real time, virtual tests too
    /// The loop runs until nothing is ready, then its clock jumps to the next alarm: hours pass in milliseconds, and
    /// every run is the same. Not for tests that wait for sockets or threads.
    bool virtual_time = false;
    /// Virtual time only: which of so many ready things runs next, 0 for the one that has waited longest. Without it
    /// they run in the order in which they became ready.
    std::function<std::size_t(std::size_t ready)> next = {};
};

/// What a test got wrong around its body: its time limit, a deadlock, or work that it left behind.
class test_failure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Runs `body` on a loop of its own, and rethrows what it threw. Throws `test_failure` when the body did not end
/// within the limit (it is cancelled then), when in virtual time nothing is left that could ever wake it, and when
/// it ended but coroutines, operations or alarms that it started are left.
void run_test(std::function<awaitable<>()> body, test_settings how = {},
              std::source_location where = std::source_location::current());

}  // namespace sluice::testing
