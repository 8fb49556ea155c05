#pragma once

#include "simulation/world/facts.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::testing {

/// An invariant that does not hold: which and how, and after how many steps of the history.
struct broken_invariant {
    std::string_view name;
    std::string how;
    std::size_t at = 0;
};

/// What must hold of every history, by its name in the guide to delivery. `see` judges a step before it counts among
/// the facts, `at_end` a run that ended with a clean stop of everybody, so that everything must be handled and
/// committed; what they find wrong they add to `how`.
struct invariant {
    std::string_view name;
    std::string_view says;
    void (*see)(const facts&, const step&, std::vector<std::string>& how);
    void (*at_end)(const facts&, std::vector<std::string>& how) = nullptr;
    bool (*holds_for)(delivery) = [](delivery) { return true; };
};
std::span<const invariant> all_invariants();

/// All that are broken, in the order of the history.
std::vector<broken_invariant> broken_invariants(const simulated_broker& broker, const simulated_group& group,
                                                const run_rules& rules);

}  // namespace sluice::testing
