#include "orders/checkout.hpp"

#include "orders/answers.hpp"
#include "sluice/base/cancellation.hpp"
#include "sluice/http/router.hpp"
#include "sluice/process/role.hpp"
#include "sluice/record/record_id.hpp"

#include <algorithm>

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

http::response refused(const error& why)
{
    if (why == errc::outcome_unknown)
        return http::answer({.status = 504,
                             .type = "/problems/outcome-unknown",
                             .detail = "the order may or may not have been placed"});
    const bool busy = why == errc::overloaded;
    return http::answer({.status = 503,
                         .type = busy ? "/problems/overloaded" : "/problems/unavailable",
                         .detail = "the order was not placed: try again later"},
                        {{"Retry-After", busy ? "1" : "5"}});
}

// W3C Trace Context, 3.2: one that is malformed is as if it were not there.
bool is_traceparent(std::string_view text)
{
    constexpr std::string_view form = "00-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-hh";
    const auto fits = [](char found, char wanted) {
        const bool hex = (found >= '0' && found <= '9') || (found >= 'a' && found <= 'f');
        return wanted == '-' ? found == '-' : hex;
    };
    return std::ranges::equal(text, form, fits);
}

// Whoever asks within a trace finds the order in it.
void pass_trace(const http::request& from, headers& to)
{
    const auto parent = from.header("traceparent");
    if (!parent || !is_traceparent(*parent)) return;
    for (const auto* name : {"traceparent", "tracestate", "baggage"})
        if (const auto value = from.header(name)) to.push_back({name, std::string{*value}});
}

// A repeat with the same key is the same order, whichever process it comes to.
record_id id_of(const order_request& asked)
{
    if (!asked.idempotency_key) return record_id::random();
    return record_id::caused_by(record_id{asked.customer_id}, "checkout " + *asked.idempotency_key, 0);
}

awaitable<result<position>> send_within(duration limit, sink& to, outgoing what)
{
    auto& time = clock::of(co_await asio::this_coro::executor);
    const cancellation patience{{}, time, time.now() + limit};
    auto sending = to.send(std::move(what));
    try {
        co_return co_await run_under(patience.token(), std::move(sending));
    } catch (const boost::system::system_error&) {
        if (!patience.token().cancelled()) throw;
    }
    co_return error{errc::outcome_unknown, "no acknowledgement came in time"};
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
    for (std::size_t i = 0; i < order.items.size(); ++i) {
        const auto& item = order.items[i];
        if (auto flaw = flaw_of_item(item, "items[" + std::to_string(i) + "]")) return std::move(*flaw);
        const auto price = item.price.times(item.quantity);
        const auto total = price ? order.total.plus(*price) : std::nullopt;
        if (!total) return broken_rule("items", "the total is too large");
        order.total = *total;
    }
    return order;
}

awaitable<http::response> place_order(http::request request, sink& to, duration limit)
{
    auto asked = validate(request.body, request.headers);
    if (!asked) co_return http::answer(asked.error());
    const auto id = id_of(*asked);
    const auto now = clock::of(co_await asio::this_coro::executor).wall();
    const order_placed order{id.text(), std::move(asked->customer_id), std::move(asked->items), asked->total, now};
    auto record = orders_placed.make(order);
    record.headers.push_back({std::string{record_id::header_name}, id.text()});
    pass_trace(request, record.headers);
    const auto sent = co_await send_within(limit, to, std::move(record));
    if (!sent) co_return refused(sent.error());
    auto accepted = http::json(202, R"({"order_id":")" + order.order_id + "\"}");
    accepted.headers.add("Location", "/orders/" + order.order_id);
    co_return accepted;
}

awaitable<> checkout(role& self)
{
    const auto limit = self.settings().get<duration>("checkout.timeout");
    const auto place = [&](http::request request) { return place_order(std::move(request), self.out(), limit); };
    http::router routes;
    routes.post("/checkout", place);
    co_await self.serve(routes);
}

}  // namespace orders
