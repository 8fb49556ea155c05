#pragma once

#include "orders/latencies.hpp"
#include "sluice/record/money.hpp"

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace orders {

/// What can be seen of an order on its way.
enum class step { placed, reserved, rejected, paid, declined, released, emailed, dead_lettered };
constexpr std::size_t steps = 8;

/// The demo's books: every accepted order must come to one of its ends, rejected, paid, released or dead-lettered, and
/// be confirmed unless it is dead-lettered. Steps may be seen before the answer that accepted the order, and more than
/// once.
class demo_tally {
public:
    void accept(const std::string& id, sluice::time_point posted);
    void see(const std::string& id, step what, sluice::time_point now);
    /// Counts what was captured for an order, be it ours or another's.
    void capture(const std::string& id, sluice::money amount, std::int64_t units);
    void refuse() { ++refused_; }

    [[nodiscard]] std::uint64_t accepted() const noexcept { return accepted_; }
    /// Accepted orders that were seen there.
    [[nodiscard]] std::uint64_t count(step what) const noexcept { return seen_[static_cast<std::size_t>(what)]; }
    /// Those of checkout, which order-status knows: not what nobody could decode.
    [[nodiscard]] std::vector<std::string> accepted_orders() const;
    /// Orders that were not taken, or of which nobody knows.
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }
    /// Accepted, and not seen at an end.
    [[nodiscard]] std::uint64_t in_flight() const noexcept { return accepted_ - ended_; }
    /// Accepted, and with neither confirmation nor dead letter.
    [[nodiscard]] std::uint64_t unconfirmed() const noexcept { return accepted_ - confirmed_; }
    /// At more than one end: what must never be.
    [[nodiscard]] std::uint64_t contradictions() const noexcept { return contradictions_; }

    [[nodiscard]] sluice::money revenue() const noexcept { return revenue_; }
    [[nodiscard]] std::int64_t units() const noexcept { return units_; }
    /// From the POST to the captured payment.
    [[nodiscard]] const latencies& to_paid() const noexcept { return to_paid_; }

private:
    struct entry {
        std::optional<sluice::time_point> posted;  ///< set once accepted
        std::optional<sluice::time_point> paid;
        std::bitset<steps> seen;
        bool captured = false;
    };
    void book(const entry& before, const entry& now);

    std::unordered_map<std::string, entry> orders_;
    std::array<std::uint64_t, steps> seen_{};
    std::uint64_t accepted_ = 0, refused_ = 0, ended_ = 0, confirmed_ = 0, contradictions_ = 0;
    sluice::money revenue_;
    std::int64_t units_ = 0;
    latencies to_paid_;
};

}  // namespace orders
