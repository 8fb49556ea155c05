#include "orders/inventory.hpp"

#include "orders/answers.hpp"
#include "orders/durations.hpp"
#include "orders/housekeeping.hpp"
#include "orders/stock_store.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/flow/failure.hpp"
#include "sluice/http/problem.hpp"
#include "sluice/http/router.hpp"
#include "sluice/process/role.hpp"

#include <limits>

namespace orders {

using namespace sluice;
using namespace std::chrono_literals;

namespace {

// An outage of the database costs no attempt.
constexpr breaker_settings outage{.window = 20, .failures = 0.5, .open = 1s};

struct stock_body {
    std::int64_t available = 0;
};
BOOST_DESCRIBE_STRUCT(stock_body, (), (available))

quantities add_up(const order_placed& order)
{
    if (order.items.empty()) throw permanent_failure{"the order has no items"};
    quantities wanted;
    for (const auto& item : order.items) {
        auto& quantity = wanted[item.product_id];
        if (!cost_of(item) || item.quantity > std::numeric_limits<std::int64_t>::max() - quantity)
            throw permanent_failure{"the quantity or price of " + item.product_id + " makes no sense"};
        quantity += item.quantity;
    }
    // The total is what will be charged.
    if (cost_of(order.items) != order.total) throw permanent_failure{"the items do not add up to the total"};
    return wanted;
}

awaitable<http::response> show_level(std::string sku, stock_store& stock)
{
    const auto level = co_await stock.level(std::move(sku));
    if (level) co_return http::json(200, to_json(*level));
    co_return http::answer({.status = 404, .type = "/problems/unknown-sku", .detail = "there is no such SKU"});
}

// Until the database answers: it may come later than we do.
awaitable<> fill(stock_store& stock, const quantities& initial, const role& self)
{
    while (!self.stop().cancelled()) {
        try {
            co_await stock.open(initial);
            co_return;
        } catch (const failure& trouble) {
            const auto& why = trouble.why();
            if (why != errc::unavailable && why != errc::timed_out && why != errc::outcome_unknown) throw;
            self.log().warning("the stock cannot be filled yet: {}", trouble.what());
        }
        co_await sleep_for(1s);
    }
}

}  // namespace

awaitable<reply> reserve(order_placed order, context& about, stock_store& stock)
{
    const auto answer = [&](const stock_store::refusal* refused) {
        if (refused)
            return emit(inventory_rejected, {order.order_id, order.customer_id, refused->reason, refused->items});
        return emit(inventory_reserved, {order.order_id, order.customer_id, order.items, order.total});
    };
    auto wanted = add_up(order);
    about.stage("waiting for the stock's commit");
    co_return co_await stock.reserve(about.record_id(), order.order_id, std::move(wanted), answer);
}

awaitable<reply> release(payment_declined order, context& about, stock_store& stock)
{
    const auto answer = [&] { return emit(inventory_released, {order.order_id, order.customer_id, order.items}); };
    about.stage("waiting for the stock's commit");
    co_return co_await stock.release(about.record_id(), order.order_id, answer);
}

awaitable<http::response> put_stock(http::request asked, std::string sku, stock_store& stock)
{
    constexpr auto broken_rule = "/problems/invalid-stock";
    const auto body = read_body<stock_body>(asked);
    if (!body) co_return http::answer(body.error());
    if (const auto flaw = flaw_of_id(sku); !flaw.empty())
        co_return http::answer(invalid(422, broken_rule, "sku", "sku " + std::string{flaw}));
    if (body->available < 0 || body->available > most_available)
        co_return http::answer(invalid(422, broken_rule, "available",
                                       "available must be between 0 and " + std::to_string(most_available)));
    const auto set = co_await stock.set_available(std::move(sku), body->available);
    co_return http::json(set.fresh ? 201 : 200, to_json(set.now));
}

void check_stock(const settings& given, std::string_view key)
{
    if (!parse_stock(given.get<std::string>(key))) given.reject(key, "e.g. SKU-001..SKU-100=10000,SKU-900=5");
}

awaitable<> inventory(role& self)
{
    const auto initial = parse_stock(self.settings().get<std::string>("inventory.stock")).value();
    stock_store stock{self.database("inventory", stock_store::migrations()), self.numbers()};

    const auto show = [&](const http::request&, std::string sku) {
        return with_store(show_level(std::move(sku), stock));
    };
    const auto put = [&](http::request asked, std::string sku) {
        return with_store(put_stock(std::move(asked), std::move(sku), stock));
    };
    http::router routes;
    routes.get<std::string>("/stock/{sku}", show).add<std::string>("PUT /stock/{sku}", put);
    auto events = self.flows({.group = "inventory-service", .order = by_key{.running = 256}, .breaker = outage})
                      .retry({.attempts = 5, .first_delay = 200ms, .max_delay = 30s})
                      .dead_letter();
    events
        .on(orders_placed, [&](order_placed order, context& about) { return reserve(std::move(order), about, stock); })
        .on(declined_payments,
            [&](payment_declined order, context& about) { return release(std::move(order), about, stock); });
    const auto work = [&](scope& all) -> awaitable<> {
        all.spawn(self.serve(routes));
        co_await fill(stock, initial, self);
        co_await events.run();
    };
    const auto keep = age(self.settings(), inbox_keep);
    const auto forget = [&](timestamp now) { return stock.forget_replies(now - keep); };
    co_await forgetting_meanwhile(with_scope({}, work), forget, self.log());
}

}  // namespace orders
