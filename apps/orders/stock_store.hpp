#pragma once

#include "orders/events.hpp"
#include "sluice/record/record_id.hpp"
#include "sluice/record/reply.hpp"
#include "sluice/store/inbox.hpp"
#include "sluice/telemetry/metrics.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orders {

struct stock_level {
    std::string sku;
    std::int64_t available = 0;
    std::int64_t reserved = 0;
};
BOOST_DESCRIBE_STRUCT(stock_level, (), (sku, available, reserved))

/// Units by SKU.
using quantities = std::map<std::string, std::int64_t>;

/// Of one SKU.
constexpr std::int64_t most_available = 1'000'000'000'000;

/// `SKU-001..SKU-100=10000,SKU-900=5` as quantities; nullopt if it is not of that form, or names a SKU twice.
std::optional<quantities> parse_stock(std::string_view text);

/// What is in the warehouse: for each SKU, available + reserved = what was put in. Several processes may work on one
/// database, and never sell more than there is: a unit is taken by an update that is conditional on its being there,
/// and an order's SKUs are taken in their order, so that no two orders wait for each other. As thread-safe as its
/// database.
class stock_store {
public:
    /// What the database is to be made with.
    static std::vector<sluice::store::sql_migrations> migrations();

    /// `numbers` outlives it, and counts the records that came again.
    stock_store(std::shared_ptr<sluice::store::sql_database> where, sluice::metrics& numbers);

    /// Waits until the database is open, and puts in what is not there yet.
    sluice::awaitable<> open(quantities initial);

    struct refusal {
        rejection reason{};
        std::vector<shortage> items;
    };
    /// Says what a handler replies to the decision: null, or why the order was refused.
    using answer = std::function<sluice::reply(const refusal*)>;

    /// Reserves all of `wanted` or nothing, and keeps the reply, in one transaction. Returns when it is on the disk;
    /// a record that was decided before gets the same reply again. An order that another record has decided is a
    /// `permanent_failure`. `answer` may be called more than once, and on a thread of the store.
    sluice::awaitable<sluice::reply> reserve(sluice::record_id cause, std::string order_id, quantities wanted,
                                             answer with);

    /// Gives back what was reserved for an order, and keeps the reply that `with` makes, in one transaction, as
    /// `reserve` does. Where another record has released it, nothing happens and the reply is empty; an order that is
    /// not reserved here is a `permanent_failure`.
    sluice::awaitable<sluice::reply> release(sluice::record_id cause, std::string order_id,
                                             std::function<sluice::reply()> with);

    sluice::awaitable<std::optional<stock_level>> level(std::string sku);

    struct set_level {
        stock_level now;
        bool fresh = false;  ///< the SKU was not there before
    };
    /// Sets what is for sale; what is reserved stays so.
    sluice::awaitable<set_level> set_available(std::string sku, std::int64_t available);

    /// Forgets replies that were given before `until`.
    sluice::awaitable<> forget_replies(sluice::timestamp until);

private:
    std::shared_ptr<sluice::store::sql_database> where_;
    sluice::store::inbox inbox_{"inventory-service"};
    prometheus::Counter& repeats_;
};

}  // namespace orders
