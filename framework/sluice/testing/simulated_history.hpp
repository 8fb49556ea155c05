#pragma once

#include "sluice/base/clock.hpp"
#include "sluice/record/record.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::testing {

/// One thing that happened on a simulated broker, or to a handler above it.
struct step {
    enum class kind {
        appended,              ///< a record is in the log
        send_asked,            ///< a sink was asked to append
        send_answered,         ///< its caller was told that it is in the log
        send_failed,           ///< its caller was told that it is not, or that nobody knows
        assigned,              ///< a member was told that a partition is its own
        accepted,              ///< and goes on at this offset
        sought,                ///< a member goes on from here
        delivered,             ///< a member was given a record
        revoked,               ///< a member was told that a partition is wanted
        lost,                  ///< a member was told that a partition is no more its own
        given_up,              ///< a member let a partition go
        commit_asked,          ///< a member asked to commit this offset
        committed,             ///< the coordinator did
        commit_answered,       ///< the member was told; the note says what
        transaction_asked,     ///< a transactional sink was asked to commit this offset with records
        transaction_answered,  ///< its caller was told; the note says what
        closed,                ///< a member left
        died,                  ///< a member was cut off without a good-bye
        started,               ///< a handler: for whoever writes it into the history
        succeeded,
        failed,
        cut_short,
    };

    time_point when;
    kind what;
    int who = 0;  ///< the member, or the sink
    topic_partition where;
    std::int64_t offset = -1;
    std::string note;
};

std::string_view to_string(step::kind what) noexcept;
/// "12.345 s  member 2  delivered  orders/3@17"
std::string to_string(const step& what);

/// What happened, in order, for whoever checks invariants on it.
class simulated_history {
public:
    explicit simulated_history(const clock& time) : time_{time} {}

    void add(step::kind what, int who, const topic_partition& where, std::int64_t offset, std::string note = {});

    [[nodiscard]] const std::vector<step>& steps() const noexcept { return steps_; }
    /// The last of the first `until` steps, a line each.
    [[nodiscard]] std::string tail(std::size_t count, std::size_t until = -1) const;

private:
    const clock& time_;
    std::vector<step> steps_;
};

}  // namespace sluice::testing
