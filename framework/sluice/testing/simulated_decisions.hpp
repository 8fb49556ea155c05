#pragma once

#include "sluice/base/clock.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <concepts>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace sluice::testing {

/// What a seed can decide to let happen in a simulated run: faults, mostly.
enum class happening {
    other_order,  ///< of the work that is ready, not the first runs next
    batch_cut,    ///< less is delivered than is there
    eager_rebalance,
    cooperative_rebalance,
    assignment_lost,
    commit_slow,
    commit_rebalancing,
    commit_unavailable,
    commit_timed_out,   ///< and did not happen
    commit_unanswered,  ///< it happened, and its answer was lost
    queue_full,         ///< of the producers
    send_slow,
    send_refused,
    send_lost,        ///< its outcome is unknown, and it did not happen
    send_unanswered,  ///< its outcome is unknown, and it happened
    transaction_slow,
    transaction_aborted,
    transaction_rebalancing,
    transaction_lost,        ///< its outcome is unknown, and it did not happen
    transaction_unanswered,  ///< its outcome is unknown, and it happened
    producer_fenced,
    log_gap,
    source_trouble,
    stop,   ///< of a process, which is started again
    crash,  ///< likewise, without a good-bye
    handler_slow,
    handler_failure,
    outage,           ///< nothing that the handlers need answers
    poison,           ///< a record that no handler can handle
    deadline,         ///< of a record
    record_left_out,  ///< not by a seed: only so that the history becomes shorter
};
constexpr std::size_t happenings = static_cast<std::size_t>(happening::record_left_out);

std::string_view to_string(happening what) noexcept;

/// The random numbers behind one decision, the same on every platform (splitmix64, G. Steele et al., 2014).
class die {
public:
    explicit die(std::uint64_t seed, duration grain = duration{1}) noexcept : state_{seed}, grain_{grain} {}

    std::uint64_t next() noexcept;
    [[nodiscard]] bool chance(double probability) noexcept
    {
        return static_cast<double>(next() >> 11) * 0x1p-53 < probability;
    }
    template <std::integral Integer>
    [[nodiscard]] Integer between(Integer low, Integer high) noexcept
    {
        const auto choices = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
        return static_cast<Integer>(static_cast<std::uint64_t>(low) + (choices == 0 ? next() : next() % choices));
    }
    /// A multiple of the grain: the coarser, the more happens at one instant.
    [[nodiscard]] duration between(duration low, duration high) noexcept
    {
        const auto drawn = duration{between(low.count(), high.count())};
        return std::max(low, drawn - drawn % grain_);
    }

private:
    std::uint64_t state_;
    duration grain_;
};

/// The n-th time that something could have happened.
struct decision {
    happening what;
    std::uint32_t number;
    friend auto operator<=>(const decision&, const decision&) = default;
};

/// All that one seed decides. Each decision has dice of its own, which depend on the seed, its kind and its number
/// only: any of them can be overruled, so that nothing happens, and the others stay as they are. That is what makes a
/// history that breaks an invariant short.
class decisions {
public:
    explicit decisions(std::uint64_t seed, std::set<decision> overruled = {});

    /// Whether it happens this time, and the dice for how.
    std::optional<die> maybe(happening what, double probability);
    /// The dice for what is neither good nor bad: settings, moments, which of many; others for each name and number.
    [[nodiscard]] die about(std::string_view name, std::uint64_t number = 0) const;

    /// What happened, in order.
    [[nodiscard]] const std::vector<decision>& taken() const noexcept { return taken_; }
    [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
    [[nodiscard]] bool is_overruled(const decision& one) const { return overruled_.contains(one); }

private:
    std::uint64_t seed_;
    duration grain_;
    std::set<decision> overruled_;
    std::array<std::uint32_t, happenings> asked_{};
    std::vector<decision> taken_;
};

}  // namespace sluice::testing
