#pragma once

#include "sluice/flow/progress.hpp"
#include "sluice/flow/provenance.hpp"
#include "sluice/record/broker.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// Where a letter goes to be handled again.
struct redrive_target {
    std::string topic;
    std::optional<std::int32_t> partitions;  ///< the letter's source partition is kept where the topic has it
    bool source = false;                     ///< the source topic itself, rather than a topic of the group
};

/// The record that failed, as it was: without the headers of its death (`is_letter_header`), but with its id, where
/// it came from (`set_origin`, unless it goes to the source), and `sluice-redrives` one higher.
outgoing make_redrive(const record& letter, const provenance& from, const redrive_target& to);

/// The group that a dead-letter topic of ours belongs to, if the letter and the topic's name agree on it.
std::optional<std::string> redrive_group(const record& letter, const provenance& from);

/// What a redrive has done in one partition of a dead-letter topic, so that it can go on after an interruption and
/// another one, of other letters, repeats nothing. Letters that were passed over stay undone.
class redrive_ledger {
public:
    /// `committed`: where the redrives of this topic stand, with their metadata. `begin`: the oldest offset there is.
    redrive_ledger(std::int64_t begin, const position& committed);

    /// Where to read on.
    [[nodiscard]] std::int64_t start() const noexcept { return next_; }
    /// Takes note of the next letter, in the order of the log. Returns whether it was redriven before.
    bool meet(std::int64_t offset);
    /// Of a letter that was met.
    void finish(std::int64_t offset) { add(offset, offset + 1); }
    /// Whether the commit's metadata can still say all once this letter is finished too, and `more` that may lie
    /// anywhere. The oldest that is not finished always has room.
    [[nodiscard]] bool has_room_for(std::int64_t offset, std::size_t more) const;
    /// What to commit.
    [[nodiscard]] position standing() const;

private:
    void add(std::int64_t from, std::int64_t to);
    [[nodiscard]] std::vector<progress_run> runs() const;

    topic_partition where_;
    std::int64_t committed_, next_;
    std::map<std::int64_t, std::int64_t> finished_;  // [from, to): apart, and beyond committed_
};

}  // namespace sluice
