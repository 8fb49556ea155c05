#pragma once

#include "sluice/record/record.hpp"
#include "sluice/record/reply.hpp"

#include <string_view>
#include <vector>

namespace sluice {

/// The records of a handler's reply as they go out: each with its `sluice-id`, which a repeat of the handler gives
/// it again, and with the trace (W3C Trace Context, Baggage) and the deadline of the record that caused it. Headers
/// that the handler set itself stay.
std::vector<outgoing> stamped(reply answer, const record& cause, std::string_view handler);

}  // namespace sluice
