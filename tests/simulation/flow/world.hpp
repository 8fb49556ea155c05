#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::testing {

/// What a run came to.
struct run_report {
    std::vector<std::string> broken;  ///< invariants, in words
    std::string description;          ///< what its seed decided
    std::string tail;                 ///< of its history, up to where the first was broken
    std::size_t records = 0, handled = 0, dead_lettered = 0, rebalances = 0, deaths = 0;
};

/// Runs the real flow in several processes on the simulated broker, everything else decided by the seed, in virtual
/// time: records come, trouble is made, then it heals, what is left is worked off, and everybody stops.
run_report run_world(std::uint64_t seed);

}  // namespace sluice::testing
