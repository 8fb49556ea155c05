#pragma once

#include "sluice/flow/holding.hpp"

namespace sluice {

/// Holds back a partition that is at a bound of its own, so that it does not stop the others: far ahead of its oldest
/// unfinished record, with its share of the parked records, or with a handler that does not end.
class bounds {
public:
    /// `queue`: how many records may be queued in all.
    bounds(holding& held, const flow_settings& settings, std::size_t queue)
        : held_{held},
          settings_{settings},
          queue_{queue}
    {
    }

    /// Something of the partition has changed.
    void changed(assignment& of);
    /// The flow's intake has been opened or closed.
    void turned() { blocked_ = false; }
    /// Now and then: with the intake closed all the time, partitions in which nothing moves are held back instead,
    /// until half of their share of the queue is free, and what is queued in them no longer counts.
    void look(const assignments& all, bool closed);

    /// Records that are queued in partitions where nothing moves.
    [[nodiscard]] std::size_t aside() const noexcept { return aside_; }

private:
    void set_aside(assignment& of, bool stalled);
    [[nodiscard]] bool is_far_ahead(const assignment& of) const;
    [[nodiscard]] bool parks_too_much(const assignment& of) const;

    holding& held_;
    const flow_settings& settings_;
    std::size_t queue_;
    std::size_t partitions_ = 1;  // ours
    std::size_t aside_ = 0;
    bool blocked_ = false;  // closed since somebody looked
};

}  // namespace sluice
