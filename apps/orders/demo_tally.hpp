#pragma once

#include "sluice/base/clock.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace orders {

/// Where an order's way ended.
enum class outcome { reserved, rejected, dead_lettered };

/// Spans of time, counted in buckets 5 % apart: any number of them in little memory.
class latencies {
public:
    void add(sluice::duration span);
    /// The span that a share (0.99) of them does not pass; zero when there are none.
    [[nodiscard]] sluice::duration at(double share) const;

private:
    std::array<std::uint64_t, 512> buckets_{};
    std::uint64_t count_ = 0;
};

/// The demo's books: every accepted order must come out at exactly one end. An order's end may be seen before the
/// answer that accepted it, and more than once.
class demo_tally {
public:
    void accept(const std::string& id, sluice::time_point posted);
    void settle(const std::string& id, outcome how, sluice::time_point now);
    void refuse() { ++refused_; }

    [[nodiscard]] std::uint64_t accepted() const noexcept { return accepted_; }
    [[nodiscard]] std::uint64_t count(outcome how) const noexcept { return ended_[static_cast<std::size_t>(how)]; }
    /// Orders that were not taken, or of which nobody knows.
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }
    /// Accepted, and not seen at an end.
    [[nodiscard]] std::uint64_t in_flight() const noexcept;
    /// From the POST to the reservation.
    [[nodiscard]] const latencies& to_reserved() const noexcept { return to_reserved_; }

private:
    struct end {
        outcome how;
        sluice::time_point when;
    };
    struct entry {
        std::optional<sluice::time_point> posted;  ///< set once accepted
        std::optional<end> ended;
    };
    void book(const entry& order);

    std::unordered_map<std::string, entry> orders_;
    std::array<std::uint64_t, 3> ended_{};
    std::uint64_t accepted_ = 0;
    std::uint64_t refused_ = 0;
    latencies to_reserved_;
};

}  // namespace orders
