#pragma once

#include <boost/circular_buffer.hpp>

#include <cstdint>
#include <optional>

namespace sluice {

/// The finished offsets of one partition: a pure state machine. Records are admitted in the order of the log and
/// finish in any order; what may be committed is the end of the unbroken prefix of finished ones. Offsets may have
/// gaps (compaction, transaction markers), so it counts what was delivered and never assumes `offset + 1`.
class ledger {
public:
    /// Names an admitted record until it is finished.
    using ticket = std::uint64_t;

    /// `offset` is greater than every one before.
    ticket admit(std::int64_t offset);

    /// Once a ticket.
    void finish(ticket which);

    /// The offset to commit: all delivered records below it are finished. None before the first was delivered.
    [[nodiscard]] std::optional<std::int64_t> committable() const;

    /// How many are admitted beyond the prefix, finished or not.
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] bool idle() const noexcept { return entries_.empty(); }

private:
    struct entry {
        std::int64_t offset;
        bool finished;
    };

    boost::circular_buffer<entry> entries_{64};  // from the first unfinished record on
    ticket first_ = 0;                           // the ticket of entries_.front()
    std::optional<std::int64_t> end_;            // one past the last delivered record
};

}  // namespace sluice
