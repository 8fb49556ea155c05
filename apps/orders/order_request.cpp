#include "orders/order_request.hpp"

#include "orders/answers.hpp"

namespace orders {

using namespace sluice;

namespace {

constexpr std::size_t most_items = 100;
constexpr std::int64_t most_of_one = 1'000;

struct checkout_body {
    std::vector<order_item> items;
};
BOOST_DESCRIBE_STRUCT(checkout_body, (), (items))

http::problem broken_rule(std::string_view field, std::string detail)
{
    return invalid(422, "/problems/invalid-order", field, std::move(detail));
}

// Every rule for one item; empty: it keeps them.
std::optional<http::problem> flaw_of_item(const order_item& item, const std::string& path)
{
    if (const auto flaw = flaw_of_id(item.product_id); !flaw.empty())
        return broken_rule(path + ".product_id", "product_id " + std::string{flaw});
    if (item.quantity < 1 || item.quantity > most_of_one)
        return broken_rule(path + ".quantity", "quantity must be between 1 and " + std::to_string(most_of_one));
    if (item.price < money{}) return broken_rule(path + ".price", "price must not be negative");
    return std::nullopt;
}

}  // namespace

boost::system::result<order_request, http::problem> validate(std::string_view body, const http::header_fields& headers)
{
    constexpr auto customer_header = "X-Customer-ID";
    constexpr auto key_header = "Idempotency-Key";
    if (auto flaw = flaw_of_type(headers)) return std::move(*flaw);
    const auto customer = headers.find(customer_header).value_or("");
    if (headers.count(customer_header) > 1)
        return invalid(400, "/problems/invalid-header", customer_header, "X-Customer-ID must come once");
    if (const auto flaw = flaw_of_id(customer); !flaw.empty())
        return invalid(400, "/problems/invalid-header", customer_header, "X-Customer-ID " + std::string{flaw});

    const auto key = headers.find(key_header);
    if (headers.count(key_header) > 1)
        return invalid(400, "/problems/invalid-header", key_header, "Idempotency-Key must come once");
    if (const auto flaw = key ? flaw_of_id(*key) : ""; !flaw.empty())
        return invalid(400, "/problems/invalid-header", key_header, "Idempotency-Key " + std::string{flaw});

    auto decoded = from_json<checkout_body>(body);
    if (!decoded) return undecodable(decoded.error());
    order_request order{std::string{customer}, std::move(decoded->items), {}, {}};
    if (key) order.idempotency_key = *key;
    if (order.items.empty()) return broken_rule("items", "an order needs at least one item");
    if (order.items.size() > most_items)
        return broken_rule("items", "an order has at most " + std::to_string(most_items) + " items");
    for (std::size_t i = 0; i < order.items.size(); ++i)
        if (auto flaw = flaw_of_item(order.items[i], "items[" + std::to_string(i) + "]")) return std::move(*flaw);
    const auto total = cost_of(order.items);
    if (!total) return broken_rule("items", "the total is too large");
    order.total = *total;
    return order;
}

}  // namespace orders
