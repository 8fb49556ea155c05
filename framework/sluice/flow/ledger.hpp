#pragma once

#include "sluice/flow/progress.hpp"

#include <boost/circular_buffer.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace sluice {

/// The finished offsets of one partition: a pure state machine. Records are admitted in the order of the log and
/// finish in any order; what may be committed is the end of the unbroken prefix of finished ones. Offsets may have
/// gaps (compaction, transaction markers), so it counts what was delivered and never assumes `offset + 1`.
class ledger {
public:
    /// Names an admitted record until it is finished.
    using ticket = std::uint64_t;

    /// `offset` is greater than every one before. `failures`: attempts that failed before it came.
    ticket admit(std::int64_t offset, std::int32_t failures = 0, timestamp first_failure = unknown_time);

    /// Once a ticket.
    void finish(ticket which);
    /// How many attempts of an unfinished record have failed.
    void failed(ticket which, std::int32_t failures, timestamp first_failure = unknown_time);

    /// The offset to commit: all delivered records below it are finished. None before the first was delivered.
    [[nodiscard]] std::optional<std::int64_t> committable() const;

    /// The ticket of the first unfinished record, or of the next to come.
    [[nodiscard]] ticket first() const noexcept { return first_; }

    /// How many are admitted beyond the prefix, finished or not.
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] bool idle() const noexcept { return entries_.empty(); }

    /// Nothing beyond `committable()` is finished, and nothing was tried in vain.
    [[nodiscard]] bool plain() const noexcept { return seams_ == 0 && failed_ == 0; }
    /// An unfinished record was tried in vain.
    [[nodiscard]] bool any_failed() const noexcept { return failed_ > 0; }
    /// The first runs of what is beyond `committable()`, as many as may fit a text.
    [[nodiscard]] std::vector<progress_run> beyond(std::size_t most = progress::longest / 3) const;
    /// How long their text may be; a matter of a moment, however many there are.
    [[nodiscard]] std::size_t length_at_most() const;

private:
    struct entry {
        std::int64_t offset;
        timestamp first_failure;
        std::int32_t failures;
        bool finished;

        [[nodiscard]] progress_run run(std::int64_t to) const
        {
            return {offset, to, finished, failures, first_failure};
        }
        [[nodiscard]] bool like(const entry& other) const noexcept { return run(offset).like(other.run(offset)); }
    };

    void change(std::size_t index, entry to);
    void pop();
    void note(const entry& what);
    void forget(const entry& what);
    [[nodiscard]] std::size_t seams_at(std::size_t index) const;

    boost::circular_buffer<entry> entries_{64};  // from the first unfinished record on
    ticket first_ = 0;                           // the ticket of entries_.front()
    std::optional<std::int64_t> end_;            // one past the last delivered record
    std::size_t seams_ = 0;                      // neighbours that are not alike
    std::size_t failed_ = 0;                     // unfinished ones with failures
    // Since nothing had failed; the most, the first and the last of any that failed then.
    std::int32_t most_failures_ = 0;
    timestamp first_failure_ = unknown_time, last_failure_ = unknown_time;
};

}  // namespace sluice
