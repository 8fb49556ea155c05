#pragma once

#include "sluice/testing/simulated_broker.hpp"

#include <functional>
#include <string>
#include <vector>

namespace sluice::testing {

/// What must come of a run, for whoever checks its history.
struct run_rules {
    enum class order { none, key, partition };

    std::string input, output, dead_letters;
    order effects = order::none;
    /// Whether this input record is to be dead-lettered, and whether its handler emits.
    std::function<bool(const logged&)> buried;
    std::function<bool(const logged&)> emits;
};

/// The input record that an output record (by its value) or a dead letter (by its headers) came of.
position origin_of(const logged& output);
position buried_of(const logged& dead_letter);
/// What the world's handlers write for it.
std::string coordinates(const topic_partition& where, std::int64_t offset);

/// An invariant of the guide to delivery that does not hold: which and how, and after which step of the history.
struct broken_invariant {
    std::string how;
    std::size_t at = 0;
};

/// All that are broken. `ended`: the run ended with a clean stop of everybody, so that everything must be handled
/// and committed.
std::vector<broken_invariant> broken_invariants(simulated_broker& broker, const simulated_group& group,
                                                const run_rules& rules, bool ended);

}  // namespace sluice::testing
