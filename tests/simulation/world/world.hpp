#pragma once

#include "simulation/world/invariants.hpp"
#include "sluice/testing/simulated_decisions.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace sluice::testing {

/// What a run came to.
struct run_report {
    std::vector<broken_invariant> broken;
    std::string description;      ///< what its seed decided beforehand
    std::vector<decision> taken;  ///< what happened, in order
    std::vector<step> history;
    std::size_t planned = 0;  ///< records, those left out too
    std::size_t records = 0, handled = 0, repeated = 0, dead_lettered = 0, detoured = 0, expired = 0;
};

/// Runs the real flow in several processes on the simulated broker, everything else decided by the seed, in virtual
/// time: records come, trouble is made, then it heals, what is left is worked off, and everybody stops. What is
/// overruled does not happen.
run_report run_world(std::uint64_t seed, std::set<decision> overruled = {});

}  // namespace sluice::testing
