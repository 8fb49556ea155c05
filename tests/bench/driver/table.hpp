#pragma once

#include "verdict.hpp"

#include <iosfwd>
#include <span>

namespace sluice::bench {

/// A line for each verdict, in columns, for a terminal.
void print_table(std::ostream& to, std::span<const verdict> all);

}  // namespace sluice::bench
