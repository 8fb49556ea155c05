#pragma once

#include <sluice/flow/context.hpp>
#include <sluice/record/reply.hpp>

#include "orders/events.hpp"

using namespace sluice;
using namespace orders;

struct points {
    std::string customer_id, order_id;
    std::int64_t earned = 0;
};
BOOST_DESCRIBE_STRUCT(points, (), (customer_id, order_id, earned))
inline const topic points_earned{"loyalty.points", &points::customer_id, {.partitions = 12}};

inline awaitable<reply> earn(payment_captured paid, context&)
{
    co_return emit(points_earned, {paid.customer_id, paid.order_id, paid.total.minor() / 100});
}
