#pragma once

#include "sluice/record/codec.hpp"
#include "sluice/store/sql.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orders {

/// How far an order has come; later ones go before earlier ones. That its confirmation was sent is no state but a time,
/// because it may be at any of them.
BOOST_DEFINE_ENUM_CLASS(order_state, placed, reserved, rejected, paid, declined, released)

/// When what happened to an order, as far as is known.
struct order_times {
    std::optional<sluice::timestamp> placed = {}, reserved = {}, rejected = {}, paid = {}, declined = {}, released = {},
                                     emailed = {};
    friend bool operator==(const order_times&, const order_times&) = default;
};
BOOST_DESCRIBE_STRUCT(order_times, (), (placed, reserved, rejected, paid, declined, released, emailed))

/// What one event, or all that were seen, say of an order.
struct order_status {
    std::string order_id, customer_id;
    std::optional<sluice::money> total;
    order_times times;
    friend bool operator==(const order_status&, const order_status&) = default;
};

/// The furthest that an order with these times has come. Where events contradict each other: what was paid is paid, and
/// what was reserved is reserved.
order_state state_of(const order_times& times);

/// Where the orders stand. Failures are those of `sql_database`.
class status_store {
public:
    static std::vector<sluice::store::sql_migrations> migrations();

    explicit status_store(std::shared_ptr<sluice::store::sql_database> where) : where_{std::move(where)} {}

    /// Adds what events say, in one transaction. In whatever order they come, and however often, the end is the same:
    /// of two times the earlier is kept, of two totals the lower, of two customers the first by name.
    sluice::awaitable<> note(std::vector<order_status> seen);

    sluice::awaitable<std::optional<order_status>> find(std::string order_id);

private:
    std::shared_ptr<sluice::store::sql_database> where_;
};

}  // namespace orders
