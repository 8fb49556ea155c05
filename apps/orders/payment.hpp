#pragma once

#include "orders/events.hpp"
#include "sluice/base/async.hpp"
#include "sluice/base/clock.hpp"
#include "sluice/flow/context.hpp"
#include "sluice/record/reply.hpp"

#include <string_view>

namespace sluice {
class role;
class settings;
namespace http {
class client;
}
}  // namespace sluice

namespace orders {

/// The handler: charges the order's total and says what has become of it. A repeat charges nothing and says the same:
/// the provider knows the order's id, and when it decided. Errors as `decision` throws them; `provider` outlives it.
sluice::awaitable<sluice::reply> pay(stock_reserved order, sluice::context& about, sluice::http::client& provider);

/// Throws `usage_error` unless the setting is empty or a URL such as `http://127.0.0.1:8085`.
void check_provider(const sluice::settings& given, std::string_view key);

/// The role: has each reserved order paid.
sluice::awaitable<> payment(sluice::role& self);

}  // namespace orders
