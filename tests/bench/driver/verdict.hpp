#pragma once

#include "figure.hpp"

namespace sluice::bench {

/// The middle of some values, and how far they are apart.
struct spread {
    double median = 0, least = 0, most = 0;
};

/// What one bar's value came to.
struct verdict {
    std::string name;  ///< the figure's, and the bar's where it has one
    std::string title;
    std::string unit;
    std::string against;  ///< the baseline that counts; empty: none
    spread ours;
    std::optional<spread> baseline;
    double compared = 0;  ///< what is held against the bar: a ratio, a difference, or the value
    sluice::bench::bar bar;
    bool met = false;
    double cpu_us = 0, peak_mb = 0;  ///< of ours; medians
    std::optional<double> baseline_cpu_us = {};
};

/// The median of an even number of values is the mean of the two in the middle. `values` is not empty.
spread spread_of(std::vector<double> values);

/// One for each bar, from the samples of `contest`. Throws std::runtime_error for a bar that names a variant or a value
/// that is not there.
std::vector<verdict> judge(const figure& what, const std::vector<std::vector<sample>>& rounds);

}  // namespace sluice::bench
