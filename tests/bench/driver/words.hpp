#pragma once

#include "verdict.hpp"

#include <string>

namespace sluice::bench {

/// A number for people: three digits that count, and k or M where it is large.
std::string short_number(double value);

/// "≥ 0.95 ×", "≤ +0.06", "≤ 0.5".
std::string words_of(const bar& what);

/// What was held against the bar: "0.97 ×", "+0.04", "0.3".
std::string compared_words(const verdict& what);

}  // namespace sluice::bench
