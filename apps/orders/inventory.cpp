#include "orders/inventory.hpp"

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

// Checkout checks orders, but any program may write to the topic.
quantities add_up(const std::vector<order_item>& items)
{
    quantities wanted;
    for (const auto& item : items) {
        auto& quantity = wanted[item.product_id];
        if (item.quantity < 1 || item.quantity > std::numeric_limits<std::int64_t>::max() - quantity)
            throw permanent_failure{"the quantity of " + item.product_id + " makes no sense"};
        quantity += item.quantity;
    }
    if (wanted.empty()) throw permanent_failure{"the order has no items"};
    return wanted;
}

awaitable<http::response> show_level(std::string sku, stock_store& stock)
{
    const auto level = co_await stock.level(std::move(sku));
    if (level) co_return http::json(200, to_json(*level));
    co_return http::answer({.status = 404, .type = "/problems/unknown-sku", .detail = "there is no such SKU"});
}

// Replies are kept as long as their records may come again: Kafka's default retention and a day.
awaitable<> forget_old_replies(stock_store& stock, const logger& log)
{
    for (auto& time = clock::of(co_await asio::this_coro::executor);;) {
        try {
            co_await stock.forget_replies(time.wall() - std::chrono::days{8});
        } catch (const failure& trouble) {
            log.warning("old replies are kept a little longer: {}", trouble.what());
        }
        co_await sleep_for(10min);
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
    auto wanted = add_up(order.items);
    about.stage("waiting for the stock's commit");
    co_return co_await stock.reserve(about.record_id(), order.order_id, std::move(wanted), answer);
}

void check_stock(const settings& given, std::string_view key)
{
    if (!parse_stock(given.get<std::string>(key))) given.reject(key, "e.g. SKU-001..SKU-100=10000,SKU-900=5");
}

awaitable<> inventory(role& self)
{
    auto initial = parse_stock(self.settings().get<std::string>("inventory.stock")).value();
    stock_store stock{self.database("inventory", stock_store::migrations()), self.numbers()};
    co_await stock.open(std::move(initial));

    const auto show = [&](const http::request&, std::string sku) { return show_level(std::move(sku), stock); };
    http::router routes;
    routes.get<std::string>("/stock/{sku}", show);
    const auto handler = [&](order_placed order, context& about) { return reserve(std::move(order), about, stock); };
    auto orders = self.flow(orders_placed, {.group = "inventory-service", .order = by_key{.running = 256}})
                      .retry({.attempts = 5, .first_delay = 200ms, .max_delay = 30s})
                      .dead_letter();
    const auto work = [&](scope& all) -> awaitable<> {
        all.spawn(self.serve(routes));
        co_await orders.run(handler);
    };
    const auto tidy_meanwhile = [&](scope& background) -> awaitable<> {
        background.spawn(forget_old_replies(stock, self.log()));
        co_await with_scope({}, work);
        background.cancel();
    };
    co_await with_scope({}, tidy_meanwhile);
}

}  // namespace orders
