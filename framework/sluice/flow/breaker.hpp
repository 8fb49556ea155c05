#pragma once

#include "sluice/flow/settings.hpp"

#include <boost/circular_buffer.hpp>

#include <cstdint>
#include <optional>

namespace sluice {

/// Whether what the handlers of a flow need answers: a pure state machine over their last outcomes (M. Nygard, "Release
/// It!"). Closed: all may start. Open: none, for a while. Half-open: one, the probe, and its outcome decides.
///
/// Whose fault a failure was is known only later: the first failures of an outage come while it is still closed. So a
/// failure is *doubtful* until either it has opened (the outage's fault: it costs its record no attempt), or a whole
/// window of further outcomes has left it closed (the record's own).
class breaker {
public:
    enum class state { closed, open, half_open };
    /// What a handler was started with; it tells outcomes of now from those of before the last change.
    using pass = std::uint64_t;
    struct doubt {
        pass when = 0;
        std::uint64_t outcomes = 0;
    };

    explicit breaker(const breaker_settings& settings) : settings_{settings}, window_{settings.window} {}

    /// From when on one more may start; none: a probe's outcome is to come first.
    [[nodiscard]] std::optional<time_point> next(time_point now) const;
    /// One starts, which `next` allowed.
    pass start(time_point now);

    /// How it went. True when the state changed.
    bool succeeded(pass of);
    bool failed(pass of, time_point now);
    /// Nothing was learned from it.
    bool withdrawn(pass of, time_point now);

    /// A failure of just now is in doubt.
    [[nodiscard]] doubt doubted() const noexcept { return {now_, outcomes_}; }
    /// Whether a doubtful failure was the record's own.
    [[nodiscard]] bool held_against_the_record(const doubt& failure) const noexcept;
    /// Whether what started then is of before the last opening, or what opened it.
    [[nodiscard]] bool excused(pass of) const noexcept { return state_ != state::closed || of != now_; }

    [[nodiscard]] state now() const noexcept { return state_; }
    [[nodiscard]] std::uint64_t openings() const noexcept { return openings_; }

private:
    void count(bool failure);
    void open(time_point until);

    breaker_settings settings_;
    boost::circular_buffer<bool> window_;  // true: a failure
    std::size_t failures_ = 0;             // in it
    std::uint64_t outcomes_ = 0;           // ever
    std::uint64_t openings_ = 0;
    pass now_ = 1;  // one more with each change of the state
    state state_ = state::closed;
    time_point until_{};
};

}  // namespace sluice
