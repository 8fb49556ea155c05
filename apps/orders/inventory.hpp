#pragma once

#include "orders/events.hpp"
#include "sluice/base/async.hpp"
#include "sluice/flow/context.hpp"
#include "sluice/record/reply.hpp"

namespace sluice {
class role;
class settings;
}  // namespace sluice

namespace orders {

class stock_store;

/// The handler: reserves all items of an order, or none, and says so. An order that makes no sense is a
/// `permanent_failure`.
sluice::awaitable<sluice::reply> reserve(order_placed order, sluice::context& about, stock_store& stock);

/// Throws `usage_error` unless the setting says quantities, as `parse_stock` reads them.
void check_stock(const sluice::settings& given, std::string_view key);

/// The role: reserves the stock for each order, and serves `GET /stock/{sku}`.
sluice::awaitable<> inventory(sluice::role& self);

}  // namespace orders
