#pragma once

#include "verdict.hpp"

#include <span>
#include <string>

namespace sluice::bench {

/// A picture (SVG) of how far each verdict is from its bar: a bar a line, where 1 is what was promised and more is
/// better.
std::string plot(std::span<const verdict> all);

}  // namespace sluice::bench
