#pragma once

#include "sluice/base/clock.hpp"
#include "sluice/record/record.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice {

/// What a record in a retry topic says of its way so far.
struct detour {
    std::int32_t attempts = 0;  ///< that failed; a redrive starts anew
    std::optional<timestamp> first_failure = {};
    std::optional<timestamp> not_before = {};
};

/// Whether a topic is one of the group's retry topics, redrives included.
bool is_retry_topic(std::string_view topic, std::string_view group);

/// Of a record of a retry topic. Anybody can write a header: what is malformed is not there, and none waits for longer
/// than `longest` (and a minute, for clocks that differ) after it was written.
detour detour_of(const record& what, duration longest);

/// The record that takes the detour: key, value and headers as they are, with where it came from (`set_origin`) and
/// what has happened. It goes to the source's partition number if the retry topic has it.
outgoing make_detour(const record& what, std::string_view group, duration delay, const detour& so_far,
                     std::string_view error, std::optional<std::int32_t> partitions);

}  // namespace sluice
