#pragma once

#include "simulation/world/world.hpp"

#include <functional>

namespace sluice::testing {

/// The shortest run of this seed that was found to break the same invariant.
struct shrunk_run {
    run_report report{};
    std::set<decision> overruled{};
    std::size_t runs = 0;  ///< that it took
};

/// Overrules what happened in a broken run, whole kinds first, then halves, then smaller and smaller parts (A. Zeller,
/// "Yesterday, my program worked. Today, it does not. Why?", 1999), as long as the same invariant breaks.
/// `progress` is called before each run with what is left to overrule. It takes `longest` of real time, about.
shrunk_run shrink(std::uint64_t seed, run_report broken, const std::function<void(std::size_t left)>& progress,
                  duration longest = std::chrono::seconds{60});

}  // namespace sluice::testing
