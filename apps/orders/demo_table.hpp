#pragma once

#include "orders/demo_books.hpp"
#include "orders/demo_tally.hpp"
#include "sluice/record/codec.hpp"

#include <string>
#include <utility>
#include <vector>

namespace orders {

/// What the demo shows besides its tally.
struct demo_view {
    std::string phase;                                       ///< "12 s, placing orders"
    sluice::money revenue;                                   ///< of order-analytics
    std::vector<std::pair<std::string, std::int64_t>> lags;  ///< by group
    double retries = 0, openings = 0;                        ///< of payment
    bool open = false;                                       ///< payment's breaker
};

/// The figures as lines of text for a terminal; drawn `again`, it is drawn over the one before.
std::string table(const demo_tally& tally, const demo_view& view, bool again);
/// The same as one line.
std::string line(const demo_tally& tally, const demo_view& view);

/// How the demo went, as a line of JSON.
struct demo_verdict {
    std::uint64_t accepted = 0, refused = 0, rejected = 0, paid = 0, released = 0, dead_lettered = 0, emailed = 0;
    std::uint64_t lost = 0;            ///< accepted, and not seen at an end, or neither confirmed nor dead-lettered
    std::uint64_t contradictions = 0;  ///< at more than one end
    std::uint64_t unsettled = 0;       ///< not at an end, as order-status has it
    sluice::money captured;            ///< by the events
    sluice::money charged;             ///< by the payment provider
    sluice::money revenue;             ///< by order-analytics
    std::int64_t units = 0, units_counted = 0, units_reserved = 0;  ///< by the events, order-analytics, inventory
    double p50_ms = 0, p99_ms = 0;                                  ///< from the POST to the captured payment
    bool ok = false;
};
BOOST_DESCRIBE_STRUCT(demo_verdict, (),
                      (accepted, refused, rejected, paid, released, dead_lettered, emailed, lost, contradictions,
                       unsettled, captured, charged, revenue, units, units_counted, units_reserved, p50_ms, p99_ms, ok))

/// `sums`: as the services said at the end.
demo_verdict judge(const demo_tally& tally, const demo_sums& sums, std::uint64_t unsettled);

}  // namespace orders
