#pragma once

#include "sluice/base/clock.hpp"
#include "sluice/base/result.hpp"
#include "sluice/flow/failure.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sluice {

/// Order within a partition, partitions side by side. `running`: partitions whose handlers run at once.
struct by_partition {
    std::size_t running = 1024;
};
/// Order within a key, keys side by side; a record without a key has no order.
struct by_key {
    std::size_t running = 256;
};
/// No order: every record for itself.
struct unordered {
    std::size_t running = 256;
};
using ordering = std::variant<by_partition, by_key, unordered>;

/// In-place retry: the record's lane (its key, or its partition) waits, the others go on. The n-th delay is drawn
/// evenly from [d/2, d] with d = first_delay * 2^(n-1), at most max_delay.
struct retry_settings {
    std::int32_t attempts = 1;  ///< in all, the first included
    duration first_delay = std::chrono::milliseconds{200};
    duration max_delay = std::chrono::seconds{30};
    /// No attempt starts later than this after the first failure; 0: no limit.
    duration total = {};
};

/// Opens when what the handlers need does not answer (`handler_failure::kind::unavailable`): then nothing of the flow
/// starts, and no record is charged with an attempt. Every `open` one record probes; the first that succeeds closes it.
struct breaker_settings {
    std::size_t window = 20;  ///< of the last outcomes
    double failures = 0.5;    ///< the share of the window that opens it
    duration open = std::chrono::seconds{10};
};

/// Handlers start no faster: `burst` at once, then `per_second`.
struct rate_limit {
    double per_second = 0;  ///< from 0.001 to 1e9
    std::size_t burst = 1;  ///< up to 1,000,000
};

/// What a flow promises about a record.
enum class delivery {
    at_least_once,  ///< its handler finishes, or it is dead-lettered, before its offset is committed
    exactly_once,   ///< what it emits and its offset become visible together, in one transaction
    at_most_once,   ///< its offset is committed before its handler runs, which is never repeated: for what may be lost
};

/// How much goes into one Kafka transaction: it begins when so many records have finished one after the other, or
/// when the last one is so long ago. Three times as many may be finished and not committed: then no more are taken.
struct transaction_settings {
    std::size_t records = 10'000;
    duration age = std::chrono::milliseconds{100};
    std::size_t bytes = 64 << 20;  ///< of what handlers emitted and is not committed: then no more are taken either
};

/// For a handler of batches.
struct batch_settings {
    std::size_t records = 1000;  ///< at most, in one call; as many as are there, without waiting for more
};

struct flow_settings {
    std::string group = {};
    delivery mode = delivery::at_least_once;
    ordering order = by_partition{};
    retry_settings retry = {};
    /// What failed for good goes to `<topic>.<group>.dlt`; without it such a record stops its lane, and the flow
    /// fails with its error.
    bool dead_letters = false;
    /// The first word on what a handler's error is; without it `classify` decides. It must not throw.
    failure_policy policy = {};
    /// Of an `unordered` flow, instead of `retry`: the record of a failed attempt goes to
    /// `<topic>.<group>.retry.<delay>` and is finished here; the n-th failure takes the n-th delay, and beyond the last
    /// it is a dead letter. The flow's source reads these topics too. Delays are kept to within 10 % or 250 ms.
    std::vector<duration> retry_topics = {};
    std::optional<breaker_settings> breaker = {};
    std::optional<rate_limit> limit = {};
    batch_settings batch = {};
    std::string handler = {};  ///< its name in headers and metrics; empty: the group's
    /// Records that may wait behind a retry, shared evenly by the partitions: one that has its share is held back.
    std::size_t parked = 10'000;
    /// How far a partition may go on beyond its oldest unfinished record, which nothing is committed past. At this
    /// bound, or when what is finished beyond it no longer fits a commit's metadata, that partition is held back.
    std::size_t ahead = 1'000'000;
    transaction_settings transaction = {};  ///< of `delivery::exactly_once`
    duration commit_interval = std::chrono::milliseconds{500};
    /// How long running handlers may go on when a partition is revoked or the flow is asked to stop.
    duration drain = std::chrono::seconds{10};
    /// A partition with something unfinished whose oldest unfinished record stays the same for so long is told in the
    /// log, once each time that this goes by again, and counted in `sluice_partitions_stuck`.
    duration stuck_after = std::chrono::seconds{30};
    /// Between tries of what must not fail: sending a reply or a dead letter, committing.
    retry_settings sending = {
        .attempts = 0, .first_delay = std::chrono::milliseconds{100}, .max_delay = std::chrono::seconds{5}};

    /// Names the first bad property.
    [[nodiscard]] result<> validate() const;
    /// Itself, or throws `failure` (`errc::invalid`): also where the mode does not fit the kind of its sink.
    [[nodiscard]] flow_settings checked(bool transactions) const;
};

}  // namespace sluice
