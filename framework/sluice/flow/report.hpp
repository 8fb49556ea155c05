#pragma once

#include "sluice/flow/lanes.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// What the oldest unfinished record of a partition waits for.
enum class blockage {
    nothing,              ///< there is none
    queued,               ///< for a worker, or for the record before it in its lane
    running,              ///< for its handler
    retry,                ///< for its next attempt
    sending,              ///< for the acknowledgement of what its handler emitted
    send_refused,         ///< to send that again
    burying,              ///< for the acknowledgement of its dead letter
    dead_letter_refused,  ///< to send that again
    finished,             ///< for its commit
};
BOOST_DESCRIBE_ENUM(blockage, nothing, queued, running, retry, sending, send_refused, burying, dead_letter_refused,
                    finished)

/// What a flow does in one partition, and what blocks it.
struct partition_report {
    std::string topic;
    std::int32_t partition = 0;
    std::optional<std::int64_t> committed;  ///< by this member; none yet: it began where the group stood
    std::optional<std::int64_t> offset;     ///< the oldest unfinished record's
    std::optional<std::string> key;         ///< its key, readable, cut
    blockage waits_for = blockage::nothing;
    std::optional<std::string> stage;     ///< what its handler says that it waits for (`context::stage`)
    std::optional<std::int32_t> attempt;  ///< the one that runs, or comes next
    std::optional<timestamp> until;       ///< when it is tried again
    std::optional<double> age;            ///< seconds since it came
    std::optional<std::string> failure;   ///< why its last attempt failed
    bool leaving = false;                 ///< revoked, and not given up yet
    bool stuck = false;                   ///< for longer than `flow_settings::stuck_after`
    std::uint64_t running = 0;            ///< records whose handlers run
    std::uint64_t queued = 0;
    std::uint64_t parked = 0;    ///< records that wait for a retry, their own or that of the one before them
    std::uint64_t finished = 0;  ///< records that are done beyond the oldest unfinished one
};
BOOST_DESCRIBE_STRUCT(partition_report, (),
                      (topic, partition, committed, offset, key, waits_for, stage, attempt, until, age, failure,
                       leaving, stuck, running, queued, parked, finished))

/// What a flow does.
struct flow_report {
    std::string group, handler;
    std::vector<partition_report> partitions;  ///< those that it owns, by topic and number
};
BOOST_DESCRIBE_STRUCT(flow_report, (), (group, handler, partitions))

/// Looks through the lanes once: its cost is that of the records that wait, and it is paid by who asks.
std::vector<partition_report> report_on(const assignments& of, const lanes& where, const clock& time);

/// One line for people: `orders/3@17, key "ada", waits for its handler ("asking the bank"), attempt 2, for 31.2 s`.
std::string to_text(const partition_report& one);

}  // namespace sluice
