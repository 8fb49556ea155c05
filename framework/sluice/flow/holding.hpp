#pragma once

#include "sluice/flow/lanes.hpp"
#include "sluice/record/broker.hpp"

namespace sluice {

/// Why a partition is held back. There may be several reasons at once.
enum class hold_reason : std::uint8_t {
    ahead = 1,
    not_due = 2,   ///< the next record of a retry topic
    refused = 4,   ///< a dead letter that can never be written as things are
    parked = 8,    ///< its share of the records that may wait behind a retry
    stalled = 16,  ///< what waits in it waits for a handler that does not end, and for nothing else
};

/// Holds back partitions at their source: each while there is any reason. What was fetched is thrown away and fetched
/// again, so it is for what lasts, with room between "on" and "off".
class holding {
public:
    explicit holding(source& from) : from_{from} {}

    /// Nothing for a partition that goes: giving it up ends everything.
    void set(assignment& which, hold_reason why, bool on);
    [[nodiscard]] static bool is(const assignment& which, hold_reason why) noexcept
    {
        return (which.held & static_cast<std::uint8_t>(why)) != 0;
    }

private:
    source& from_;
};

}  // namespace sluice
