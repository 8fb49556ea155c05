#include "system/orders/order_load.hpp"

#include "sluice/base/clock.hpp"

#include <boost/json.hpp>

#include <algorithm>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

std::string body_of(int n)
{
    const auto sku = std::to_string(1 + n % 100);
    const auto item = [](const std::string& sku, int quantity) {
        return R"({"product_id":"SKU-)" + std::string(3 - sku.size(), '0') + sku + R"(","quantity":)" +
               std::to_string(quantity) + R"(,"price":29.99})";
    };
    auto items = item(sku, 1 + n % 3);
    if (n % 10 == 7)
        for (int i = 0; i < 11; ++i) items += "," + item(sku, 1'000);
    return R"({"items":[)" + items + "]}";
}

}  // namespace

order_load::order_load(asio::any_io_executor loop, settings what)
    : what_{what},
      checkout_{std::move(loop), {.port = what.port, .connections = 2'000, .time_limit = 30s}}
{
}

awaitable<> order_load::keep_placing(scope& customers)
{
    const auto start = clock::of(co_await asio::this_coro::executor).now();
    for (int n = 0;; ++n) {
        co_await sleep_until(start + n * duration{1s} / what_.rate);
        auto customer = "customer-" + std::to_string(what_.customers > 0 ? n % what_.customers : n);
        customers.spawn(place(std::move(customer), body_of(n)));
    }
}

awaitable<> order_load::place(std::string customer, std::string body)
{
    const auto& time = clock::of(co_await asio::this_coro::executor);
    const auto posted = time.now();
    http::header_fields headers{{"Content-Type", "application/json"}, {"X-Customer-ID", customer}};
    const auto answer = co_await checkout_.post("/checkout", std::move(body), std::move(headers));
    placed_order one;
    one.customer = std::move(customer);
    one.waited = time.now() - posted;
    if (answer) {
        const auto members = boost::json::parse(answer->body).as_object();
        one.status = answer->status;
        if (const auto* id = members.if_contains("order_id")) one.order_id = id->as_string();
        if (const auto* type = members.if_contains("type")) one.problem = type->as_string();
    }
    orders_.push_back(std::move(one));
    changed_.wake_all();
}

awaitable<> order_load::until(std::function<bool()> done)
{
    while (!done()) co_await changed_.wait();
}

awaitable<> order_load::accepts(std::size_t more)
{
    const auto enough = count(202) + more;
    const auto done = [this, enough] { return count(202) >= enough; };
    co_await until(done);
}

std::size_t order_load::count(unsigned status) const
{
    return static_cast<std::size_t>(std::ranges::count(orders_, status, &placed_order::status));
}

std::set<std::string> order_load::accepted() const
{
    std::set<std::string> ids;
    for (const auto& one : orders_)
        if (one.status == 202) ids.insert(one.order_id);
    return ids;
}
