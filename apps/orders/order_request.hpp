#pragma once

#include "orders/events.hpp"
#include "sluice/http/message.hpp"
#include "sluice/http/problem.hpp"

#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

}  // namespace orders
