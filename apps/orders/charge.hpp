#pragma once

#include "sluice/base/result.hpp"
#include "sluice/http/message.hpp"
#include "sluice/record/codec.hpp"

#include <optional>
#include <string>

/// What a payment provider is asked, and what it answers.
namespace orders {

/// The body of `POST /charges`. The header `Idempotency-Key` is the order's id, so that a repeat charges nothing.
struct charge_request {
    std::string order_id;
    std::string customer_id;
    sluice::money amount;
};
BOOST_DESCRIBE_STRUCT(charge_request, (), (order_id, customer_id, amount))

BOOST_DEFINE_ENUM_CLASS(charge_status, captured, declined)

/// What has become of it, for ever: 201 and then 200 with a `payment_id`, or 402 with a `reason`.
struct charge {
    std::string order_id;
    sluice::money amount;
    charge_status status{};
    std::optional<std::string> payment_id;  ///< of one that is captured
    std::optional<std::string> reason;      ///< of one that is declined: `insufficient_funds`
    sluice::timestamp decided_at;
};
BOOST_DESCRIBE_STRUCT(charge, (), (order_id, amount, status, payment_id, reason, decided_at))

/// What the provider has decided, of an answer to `what` or of none. Throws where it has not:
/// - `permanent_failure`: it never will, for the request is wrong (400, 413, 415, 422);
/// - `failure` with errc::unavailable, overloaded (429), timed_out or outcome_unknown: ask again, with the same key. So
///   are answers that cannot be understood, and those that speak of the setup and not of this order (401, 403, 404 …).
charge decision(const charge_request& what, const sluice::result<sluice::http::response>& answer);

}  // namespace orders
