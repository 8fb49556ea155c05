#include "orders/events.hpp"

namespace orders {

using sluice::money;

std::optional<money> cost_of(const order_item& item)
{
    if (item.quantity < 1 || item.price < money{}) return std::nullopt;
    return item.price.times(item.quantity);
}

std::optional<money> cost_of(const std::vector<order_item>& items)
{
    money all;
    for (const auto& item : items) {
        const auto one = cost_of(item);
        const auto sum = one ? all.plus(*one) : std::nullopt;
        if (!sum) return std::nullopt;
        all = *sum;
    }
    return all;
}

}  // namespace orders
