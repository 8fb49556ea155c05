#pragma once

#include "verdict.hpp"

#include <string>

namespace sluice::bench {

/// A verdict for machines, one object without a line's end: `name, unit, value, value_min, value_max, against,
/// baseline, baseline_min, baseline_max, compare` ("ratio", "difference" or "alone"), `ratio`, `compared`, `bar`,
/// `bar_is` ("at_least" or "at_most"), `met, cpu_us, peak_mb`. `baseline` and `ratio` are null where there is none.
std::string json_line(const verdict& one);

}  // namespace sluice::bench
