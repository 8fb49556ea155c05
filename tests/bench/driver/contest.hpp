#pragma once

#include "figure.hpp"

#include <functional>
#include <stdexcept>

namespace sluice::bench {

/// A variant that did not do its work.
class variant_failed : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What runs a figure's variants.
struct arena {
    std::string programs;   ///< the folder of the workers
    std::string bootstrap;  ///< Kafka's address
    /// Told before each run: the figure, which round (0 warms up), of how many, and the variant.
    std::function<void(const figure&, int round, int rounds, const variant&)> told;
};

/// Runs the variants in turn, round after round, beginning with another each round; the first round warms up, and is
/// not counted. A round's samples are in the order of the variants. Throws `variant_failed`.
std::vector<std::vector<sample>> contest(const figure& what, const arena& where, int rounds);

}  // namespace sluice::bench
