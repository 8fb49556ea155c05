#pragma once

#include "orders/sales.hpp"
#include "sluice/store/sql.hpp"
#include "sluice/telemetry/metrics.hpp"

#include <memory>
#include <vector>

namespace orders {

/// Revenue and units by minute and product. Thread-safe: one for all shards of a process; several processes may share
/// a database.
class analytics_store {
public:
    /// Its tables.
    static std::vector<sluice::store::sql_migrations> migrations();

    /// `numbers` outlives it, and counts the payments that came again.
    analytics_store(std::shared_ptr<sluice::store::sql_database> database, sluice::metrics& numbers);

    /// Adds payments that have passed `check`, at most 1,000, to the sums, in one transaction. An order is captured
    /// once, so one that was counted, in a call before or in this one, is not counted again.
    sluice::awaitable<> count(std::vector<payment_captured> payments);

    sluice::awaitable<sales_report> report(time_range range);

    /// Forgets which orders were counted before one time, and sums of minutes before another; not all at once, so that
    /// others get in between. Which orders were counted is to be kept as long as their events may come again.
    sluice::awaitable<> forget(sluice::timestamp orders_until, sluice::timestamp minutes_until);

private:
    std::shared_ptr<sluice::store::sql_database> database_;
    prometheus::Counter& repeats_;
};

}  // namespace orders
