#pragma once

#include "orders/events.hpp"
#include "sluice/base/async.hpp"
#include "sluice/flow/batch_context.hpp"
#include "sluice/http/message.hpp"

#include <span>
#include <vector>

namespace sluice {
class role;
struct setting_declaration;
}  // namespace sluice

namespace orders {

class analytics_store;

/// The handler: counts the payments. One that makes no sense is a `permanent_failure` of its own.
sluice::awaitable<> count_payments(std::span<const payment_captured> payments, sluice::batch_context& about,
                                   analytics_store& sales);

/// Answers `GET /analytics/orders` with a `sales_report`; 400: a bad parameter. Errors as the store throws them.
sluice::awaitable<sluice::http::response> show_sales(sluice::http::request asked, analytics_store& sales);

/// What the role can be told.
std::vector<sluice::setting_declaration> analytics_settings();

/// The role: counts captured payments, and serves the sums, also as a page with charts.
sluice::awaitable<> order_analytics(sluice::role& self);

}  // namespace orders
