#pragma once

#include "sluice/record/record.hpp"

#include <optional>
#include <string_view>

namespace sluice {

/// Until when a record's work is of use, in Unix milliseconds. It crosses hops: what a handler emits has it too, and
/// what comes too late is dead-lettered unexecuted.
inline constexpr std::string_view deadline_header = "sluice-deadline";

/// `co_await self.send(orders_placed, order, with)`, with `headers with{deadline_at(when)}`.
header deadline_at(timestamp when);

/// None where there is none, or what is there is no number. Allocates nothing.
std::optional<timestamp> deadline_of(const record& what);

/// A header whose text is a decimal number, as those of ours are: what is malformed is not there.
std::optional<std::int64_t> number_in(const record& what, std::string_view header);

}  // namespace sluice
