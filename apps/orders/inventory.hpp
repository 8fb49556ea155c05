#pragma once

#include "orders/events.hpp"
#include "sluice/base/async.hpp"
#include "sluice/flow/context.hpp"
#include "sluice/http/message.hpp"
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

/// The handler of the compensation: gives back what was reserved for an order that is not paid, once, and says so. A
/// `permanent_failure` where nothing was reserved.
sluice::awaitable<sluice::reply> release(payment_declined order, sluice::context& about, stock_store& stock);

/// Answers `PUT /stock/{sku}`, whose body `{"available": 100}` sets what is for sale: 200, or 201 for a new SKU. What
/// is reserved stays so.
sluice::awaitable<sluice::http::response> put_stock(sluice::http::request asked, std::string sku, stock_store& stock);

/// Throws `usage_error` unless the setting says quantities, as `parse_stock` reads them.
void check_stock(const sluice::settings& given, std::string_view key);

/// The role: reserves the stock for each order, releases it where the payment is declined, and serves
/// `GET` and `PUT /stock/{sku}`.
sluice::awaitable<> inventory(sluice::role& self);

}  // namespace orders
