#pragma once

#include "sluice/base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// Appends `2026-01-02T03:04:05.678Z`: always UTC, always milliseconds. A time outside the years 0 to 9999, which
/// RFC 3339 cannot write, becomes the nearest one that it can.
void append_rfc3339(std::string& to, timestamp when);
std::string to_rfc3339(timestamp when);

/// Reads RFC 3339; an offset is converted to UTC, what is finer than a millisecond is cut off. Nullopt for anything
/// else: a day that does not exist, a leap second (no clock here can show one), a time outside the years 0 to 9999.
std::optional<timestamp> from_rfc3339(std::string_view text);

}  // namespace sluice
