#pragma once

#include "sluice/testing/simulated_broker.hpp"

#include <optional>
#include <string>

namespace sluice::testing {

/// One record of the input, or of a detour.
struct place {
    topic_partition where;
    std::int64_t offset = 0;
    friend auto operator<=>(const place&, const place&) = default;
};

/// Of an answer to a send or a transaction: what was asked for is not in the log, and will not be.
bool is_surely_not(const step& answer);

/// `in/0@17`
std::string to_string(const place& what);
/// `in/0@17#1`: what the world's handlers emit for the record there; and its key, which is another for each.
std::string output_of(const place& what, int ordinal);
std::string output_key(std::string_view key, int ordinal);
/// The input record that an output record (by its value), a dead letter, or a record on a detour (by their headers)
/// came of.
place origin_of(const logged& output);
place buried_of(const logged& dead_letter);
place detoured_of(const logged& retry);
/// A header that is a decimal number; none: it is not there.
std::optional<std::int64_t> number_of(const logged& what, std::string_view header);
/// Until when it may be executed; none: for ever.
std::optional<timestamp> deadline_of(const logged& what);

}  // namespace sluice::testing
