#pragma once

#include "sluice/flow/breaker.hpp"
#include "sluice/flow/failure.hpp"
#include "sluice/flow/limiter.hpp"
#include "sluice/telemetry/log.hpp"

#include <functional>
#include <optional>

namespace sluice {

/// What a flow's records pass before their handlers start: its breaker and its rate limit, where it has them.
class gate {
public:
    gate(const flow_settings& settings, const logger& log, clock& time);

    /// `ask_again` is called when the answer of `may_start` may have changed.
    void start(std::function<void()> ask_again) { ask_again_ = std::move(ask_again); }
    /// It is asked no more.
    void close() { due_.cancel(); }

    /// Whether there is nothing to pass.
    [[nodiscard]] bool always_open() const noexcept { return !breaker_ && !limiter_; }
    /// Whether one more may start now. If not, it calls `ask_again` in time.
    [[nodiscard]] bool may_start();
    /// One does.
    breaker::pass enter();

    void succeeded(breaker::pass of);
    /// A failure; true when the outage that it shows excuses its record.
    [[nodiscard]] bool failed(breaker::pass of, handler_failure::kind why, std::optional<breaker::doubt>& doubtful);
    void withdrawn(breaker::pass of);

    [[nodiscard]] bool open() const noexcept { return breaker_ && breaker_->now() != breaker::state::closed; }
    [[nodiscard]] std::uint64_t openings() const noexcept { return breaker_ ? breaker_->openings() : 0; }

private:
    void told(bool changed);

    const logger& log_;
    clock& time_;
    std::optional<breaker> breaker_;
    std::optional<limiter> limiter_;
    std::function<void()> ask_again_;
    clock::alarm due_;
};

}  // namespace sluice
