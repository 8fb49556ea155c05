#pragma once

#include "simulation/world/facts.hpp"

#include <string>
#include <vector>

namespace sluice::testing {

/// What is wrong, for people.
using complaints = std::vector<std::string>;

// The invariants of a record's ways beside its partition: dead letters, detours, deadlines, what is noted of a failure,
// and sends that come to nothing. Each looks at one step, with what is known before it.

void dead_letters_are_their_sources(const facts& known, const step& one, complaints& how);
/// Without it a record would be retried for ever, and a dead letter would not tell when its trouble began.
void detours_are_true(const facts& known, const step& one, complaints& how);
/// What is noted of a first failure is what was known of it, or one that was seen.
void first_failures_are_remembered(const facts& known, const step& one, complaints& how);
void nothing_is_executed_after_its_deadline(const facts& known, const step& one, complaints& how);
void what_was_refused_is_not_there(const facts& known, const step& one, complaints& how);

}  // namespace sluice::testing
