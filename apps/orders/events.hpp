#pragma once

#include "sluice/record/topic.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What travels between the services of the order system: JSON, keyed by the customer, so that one customer's events
/// stay in order.
namespace orders {

struct order_item {
    std::string product_id;
    std::int64_t quantity = 0;
    sluice::money price;  ///< of one
};
BOOST_DESCRIBE_STRUCT(order_item, (), (product_id, quantity, price))

/// What an item costs, and what items cost together. Nullopt where that makes no sense: a quantity below 1, a price
/// below 0, or too much to be an amount. Checkout checks orders, but any program may write to a topic.
std::optional<sluice::money> cost_of(const order_item& item);
std::optional<sluice::money> cost_of(const std::vector<order_item>& items);

struct order_placed {
    std::string order_id;
    std::string customer_id;
    std::vector<order_item> items;
    sluice::money total;
    sluice::timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(order_placed, (), (order_id, customer_id, items, total, created_at))

/// All items are reserved. It carries what the payment needs.
struct stock_reserved {
    std::string order_id;
    std::string customer_id;
    std::vector<order_item> items;
    sluice::money total;
};
BOOST_DESCRIBE_STRUCT(stock_reserved, (), (order_id, customer_id, items, total))

BOOST_DEFINE_ENUM_CLASS(rejection, insufficient_stock, unknown_product)

struct shortage {
    std::string product_id;
    std::int64_t requested = 0;
    std::int64_t available = 0;
};
BOOST_DESCRIBE_STRUCT(shortage, (), (product_id, requested, available))

/// No item is reserved.
struct stock_rejected {
    std::string order_id;
    std::string customer_id;
    rejection reason{};
    std::vector<shortage> items;  ///< those that the reason is about
};
BOOST_DESCRIBE_STRUCT(stock_rejected, (), (order_id, customer_id, reason, items))

/// The provider has taken the order's total. It carries what analytics need.
struct payment_captured {
    std::string order_id;
    std::string customer_id;
    std::vector<order_item> items;
    sluice::money total;
    std::string payment_id;  ///< the provider's
    sluice::timestamp captured_at;
};
BOOST_DESCRIBE_STRUCT(payment_captured, (), (order_id, customer_id, items, total, payment_id, captured_at))

/// The provider refuses for good. It carries what is to be released.
struct payment_declined {
    std::string order_id;
    std::string customer_id;
    std::vector<order_item> items;
    sluice::money total;
    std::string reason;  ///< the provider's word for it, e.g. `insufficient_funds`
    sluice::timestamp declined_at;
};
BOOST_DESCRIBE_STRUCT(payment_declined, (), (order_id, customer_id, items, total, reason, declined_at))

/// What was reserved for an order that is not paid is for sale again.
struct stock_released {
    std::string order_id;
    std::string customer_id;
    std::vector<order_item> items;
};
BOOST_DESCRIBE_STRUCT(stock_released, (), (order_id, customer_id, items))

/// The customer's confirmation has been handed to the mail server.
struct email_sent {
    std::string order_id;
    std::string customer_id;
    std::string message_id;  ///< the mail's `Message-ID`
    sluice::timestamp sent_at;
};
BOOST_DESCRIBE_STRUCT(email_sent, (), (order_id, customer_id, message_id, sent_at))

inline const sluice::topic orders_placed{"order.placed", &order_placed::customer_id, {.partitions = 12}};
inline const sluice::topic inventory_reserved{"inventory.reserved", &stock_reserved::customer_id, {.partitions = 12}};
inline const sluice::topic inventory_rejected{"inventory.rejected", &stock_rejected::customer_id, {.partitions = 12}};
inline const sluice::topic inventory_released{"inventory.released", &stock_released::customer_id, {.partitions = 12}};
inline const sluice::topic captured_payments{"payment.captured", &payment_captured::customer_id, {.partitions = 12}};
inline const sluice::topic declined_payments{"payment.declined", &payment_declined::customer_id, {.partitions = 12}};
inline const sluice::topic sent_emails{"email.sent", &email_sent::customer_id, {.partitions = 12}};

}  // namespace orders
