#pragma once

#include "orders/events.hpp"
#include "sluice/http/message.hpp"
#include "sluice/http/problem.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace orders {

/// What was captured in a minute of event time, `payment_captured::captured_at`.
struct minute_sales {
    sluice::timestamp minute;  ///< its beginning
    std::int64_t orders = 0;
    sluice::money revenue = {};
    std::int64_t units = 0;
};
BOOST_DESCRIBE_STRUCT(minute_sales, (), (minute, orders, revenue, units))

struct product_sales {
    std::string product_id;
    std::int64_t units = 0;
    sluice::money revenue = {};
};
BOOST_DESCRIBE_STRUCT(product_sales, (), (product_id, units, revenue))

struct sales_totals {
    std::int64_t orders = 0;
    sluice::money revenue = {};
    std::int64_t units = 0;
    std::int64_t products = 0;  ///< different ones, also those that are not listed
};
BOOST_DESCRIBE_STRUCT(sales_totals, (), (orders, revenue, units, products))

/// The answer of `GET /analytics/orders`.
struct sales_report {
    sluice::timestamp from, to;                ///< whole minutes; `to` is not part of it
    sales_totals totals = {};                  ///< of all of it
    std::vector<minute_sales> minutes = {};    ///< those with orders, in order of time
    std::vector<product_sales> products = {};  ///< at most 100, those with the highest revenue first
};
BOOST_DESCRIBE_STRUCT(sales_report, (), (from, to, totals, minutes, products))

/// The minute that a time is in.
sluice::timestamp minute_of(sluice::timestamp when) noexcept;

/// Throws `permanent_failure` for a payment that makes no sense: without ids, with items that do not add up to its
/// total, or so large that sums would overflow.
void check(const payment_captured& payment);

/// What payments add to the sums, so that a sum changes once for many of them. In the order of its keys, so that
/// all that change the same sums take them in one order.
struct sales_increments {
    /// The payment has passed `check`, and is one of at most 1,000.
    void add(const payment_captured& payment);

    std::map<std::pair<sluice::timestamp, std::string>, product_sales> products;  ///< by minute and product
    std::map<sluice::timestamp, minute_sales> minutes;
};

struct time_range {
    sluice::timestamp from, to;
    friend bool operator==(const time_range&, const time_range&) = default;
};

/// The whole minutes that `?from=…&to=…` (RFC 3339) touches; without `to` until now, without `from` the hour before
/// `to`. At most 24 hours. Or what is wrong, naming the parameter.
boost::system::result<time_range, sluice::http::problem> asked_range(const std::vector<sluice::http::name_value>& query,
                                                                     sluice::timestamp now);

}  // namespace orders
