#pragma once

#include "orders/events.hpp"
#include "sluice/base/async.hpp"
#include "sluice/flow/context.hpp"
#include "sluice/record/reply.hpp"

#include <vector>

namespace sluice {
class role;
struct setting_declaration;
namespace http {
class client;
}
}  // namespace sluice

namespace orders {

/// The handler: charges the order's total and says what has become of it. A repeat charges nothing and says the same:
/// the provider knows the order's id, and when it decided. Errors as `decision` throws them; `provider` outlives it.
sluice::awaitable<sluice::reply> pay(stock_reserved order, sluice::context& about, sluice::http::client& provider);

/// What `payment` can be told: `payment.provider` and `payment.timeout`.
std::vector<sluice::setting_declaration> payment_settings();

/// The role: has each reserved order paid.
sluice::awaitable<> payment(sluice::role& self);

}  // namespace orders
