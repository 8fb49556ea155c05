#pragma once

#include "sluice/record/broker.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// Which of some records may be sent at once: the first of each key (or partition, where it is chosen) of a topic, and
/// all that have neither. Were two of one key on their way together, the second could be in the log although the first
/// failed, and then come before it.
std::vector<std::size_t> next_wave(const std::vector<outgoing>& left);

/// Copies of them.
std::vector<outgoing> chosen(const std::vector<outgoing>& from, const std::vector<std::size_t>& which);

/// Takes out those of the wave that are in the log. Returns why the first of the others is not; none: all are.
/// `trouble`: why there is no result for them.
std::optional<error> keep_unsent(std::vector<outgoing>& left, const std::vector<std::size_t>& wave,
                                 const std::vector<result<position>>& results, const std::string& trouble);

}  // namespace sluice
