#pragma once

#include "orders/events.hpp"
#include "sluice/base/async.hpp"
#include "sluice/flow/context.hpp"
#include "sluice/record/reply.hpp"

namespace sluice {
class role;
}

namespace orders {

class stock_store;

/// The handler: reserves all items of an order, or none, and says so. An order that makes no sense is a
/// `permanent_failure`.
sluice::awaitable<sluice::reply> reserve(order_placed order, sluice::context& about, stock_store& stock);

/// The role: reserves the stock for each order, and serves `GET /stock/{sku}`.
sluice::awaitable<> inventory(sluice::role& self);

}  // namespace orders
