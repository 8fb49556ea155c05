#pragma once

#include "orders/order_request.hpp"
#include "sluice/base/async.hpp"
#include "sluice/record/broker.hpp"

namespace sluice {
class role;
}

namespace orders {

class key_store;

/// Answers `POST /checkout`: 202 once the order is in the log. 503: this request surely has not put it there; 504:
/// within `limit` nobody knows.
///
/// Requests of one customer with one `Idempotency-Key` are one order, whichever process they come to: the first that
/// claims the key sends it, the others wait for that. Whoever sends has 3/5 of `limit` from its claim; who has not said
/// by then that the order is in the log, or died, is followed by another request, which sends the same bytes again.
/// Another order under the key is 422. A request without a key does not touch `keys`.
sluice::awaitable<sluice::http::response> place_order(sluice::http::request request, sluice::sink& to, key_store& keys,
                                                      sluice::duration limit);

/// The role: serves `POST /checkout`, and `GET /orders/{id}` from what `order_status` has noted.
sluice::awaitable<> checkout(sluice::role& self);

}  // namespace orders
