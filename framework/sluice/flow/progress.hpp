#pragma once

#include "sluice/base/clock.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

inline constexpr timestamp unknown_time{};

/// What is known of records beyond a committed offset: neighbours in the log that are all finished, or all not
/// finished after so many failed attempts. Offsets that hold no record belong to either side.
struct progress_run {
    std::int64_t from, to;  ///< [from, to)
    bool finished = false;
    std::int32_t failures = 0;
    timestamp first_failure = unknown_time;

    /// Whether neighbours make one run.
    [[nodiscard]] bool like(const progress_run& other) const noexcept
    {
        return finished == other.finished &&
               (finished || (failures == other.failures && first_failure == other.first_failure));
    }
    friend bool operator==(const progress_run&, const progress_run&) = default;
};

/// Durable progress, as it travels in a commit's metadata: "sluice/1 1041: -1*2@1764000000000 +12 -3 +7 -1*1@+1520"
/// says that 1041 is the committed offset, that its record failed twice, first at that Unix time in ms, that the 12
/// after it are finished, the next 3 not, 7 more are, and that the last failed once, 1520 ms after that time. Text
/// without times is read too. (After the Parallel Consumer's offset map, but for people to read.)
namespace progress {

/// Brokers take 4 KiB (`offset.metadata.max.bytes`).
inline constexpr std::size_t longest = 3 * 1024;

/// Empty when there is nothing to say. The runs are neighbours, the first starts at `committed`. What would make it
/// longer than `longest` is left out from the far end.
std::string to_text(std::int64_t committed, std::span<const progress_run> runs);

/// Adds runs that go on where these end.
void append(std::vector<progress_run>& to, std::span<const progress_run> more);

/// Nothing for what `to_text` has not written for this very offset: an unknown version, somebody else's notes.
std::vector<progress_run> from_text(std::int64_t committed, std::string_view text);

/// No text of so many runs over so many offsets is longer. `failed`: how many of them carry failures, at most `most`,
/// whose times are at most `span` apart.
std::size_t length_at_most(std::size_t runs, std::size_t offsets, std::size_t failed, std::int32_t most,
                           std::chrono::milliseconds span);

/// Reads what an earlier owner knew, record by record, in the order of the log.
class reader {
public:
    struct known {
        bool finished = false;
        std::int32_t failures = 0;
        timestamp first_failure = unknown_time;
    };

    reader() = default;
    explicit reader(std::vector<progress_run> runs) : runs_{std::move(runs)} {}

    /// Of the record at this offset; offsets ascend. A log that starts below the commit is not the one that was
    /// read (its topic was made anew): nothing is known of it.
    known at(std::int64_t offset);

    /// What it has not been asked for yet, from an offset on that is not below the last asked for.
    [[nodiscard]] std::vector<progress_run> rest(std::int64_t from) const;

    [[nodiscard]] bool done() const noexcept { return next_ == runs_.size(); }

private:
    std::vector<progress_run> runs_;
    std::size_t next_ = 0;
};

}  // namespace progress
}  // namespace sluice
