#pragma once

#include "orders/events.hpp"
#include "sluice/base/async.hpp"
#include "sluice/http/message.hpp"
#include "sluice/http/problem.hpp"
#include "sluice/record/broker.hpp"

#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {
class role;
}

namespace orders {

/// What a customer asks for, checked.
struct order_request {
    std::string customer_id;
    std::vector<order_item> items;
    sluice::money total;
    std::optional<std::string> idempotency_key;  ///< scoped to its customer
};

/// The order that a request holds, or what is wrong with it, naming the field.
boost::system::result<order_request, sluice::http::problem> validate(std::string_view body,
                                                                     const sluice::http::header_fields& headers);

/// Answers `POST /checkout`: 202 once the order is in the log. 503: it surely is not; 504: within `limit` nobody
/// knows. A repeat with the same `Idempotency-Key` may send the order again, under the same id, and so has one effect.
sluice::awaitable<sluice::http::response> place_order(sluice::http::request request, sluice::sink& to,
                                                      sluice::duration limit);

/// The role: serves `POST /checkout`.
sluice::awaitable<> checkout(sluice::role& self);

}  // namespace orders
