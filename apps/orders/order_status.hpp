#pragma once

#include "orders/events.hpp"
#include "orders/status_store.hpp"
#include "sluice/base/async.hpp"

namespace sluice {
class role;
}

namespace orders {

/// What an event says of its order. The events that hold no time of their own have that of their record, `logged`.
order_status told_by(const order_placed& event, sluice::timestamp logged);
order_status told_by(const stock_reserved& event, sluice::timestamp logged);
order_status told_by(const stock_rejected& event, sluice::timestamp logged);
order_status told_by(const stock_released& event, sluice::timestamp logged);
order_status told_by(const payment_captured& event, sluice::timestamp logged);
order_status told_by(const payment_declined& event, sluice::timestamp logged);
order_status told_by(const email_sent& event, sluice::timestamp logged);

/// The role: notes where each order stands, from all topics of the order system.
sluice::awaitable<> follow_orders(sluice::role& self);

}  // namespace orders
