#pragma once

#include "sluice/base/clock.hpp"

#include <cstdint>
#include <optional>

namespace sluice {

/// Whether something that should move stands still: a pure state machine that is shown, now and then, how far it has
/// come.
class stillness {
public:
    /// How far it has come (none: it waits for nothing). True when it has stood there for `patience`, once each time
    /// that this goes by again.
    bool observe(std::optional<std::int64_t> at, time_point now, duration patience);

    /// How long it has stood, as far as it was observed.
    [[nodiscard]] duration lasts(time_point now) const { return at_ ? now - since_ : duration::zero(); }
    [[nodiscard]] bool stuck() const noexcept { return told_; }

private:
    std::optional<std::int64_t> at_;
    time_point since_{}, next_{};
    bool told_ = false;
};

}  // namespace sluice
