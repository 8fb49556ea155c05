#include "orders/demo_load.hpp"

#include "orders/events.hpp"

namespace orders {

using namespace sluice;

namespace {

constexpr std::size_t most_open = 2'000;  // orders without an answer: then the load waits

struct checkout_body {
    std::vector<order_item> items;
};
BOOST_DESCRIBE_STRUCT(checkout_body, (), (items))

struct checkout_answer {
    std::string order_id;
};
BOOST_DESCRIBE_STRUCT(checkout_answer, (), (order_id))

}  // namespace

demo_load::demo_load(http::client& checkout, sink& log, const quantities& stock, demo_tally& tally)
    : checkout_{checkout},
      log_{log},
      tally_{tally}
{
    for (const auto& [sku, quantity] : stock) skus_.push_back(sku);
}

awaitable<> demo_load::run(std::int64_t rate, duration length, cancellation_token stop)
{
    const auto end = clock::of(co_await asio::this_coro::executor).now() + length;
    const auto body = [&](scope& customers) -> awaitable<> {
        auto placing = keep_placing(customers, rate, end);
        try {
            co_await run_under(stop, std::move(placing));
        } catch (...) {
            if (!stop.cancelled()) throw;
        }
    };
    co_await with_scope({}, body);
}

awaitable<> demo_load::keep_placing(scope& customers, std::int64_t rate, time_point end)
{
    const auto start = clock::of(co_await asio::this_coro::executor).now();
    for (std::int64_t n = 0;; ++n) {
        const auto due = start + std::chrono::duration_cast<duration>(std::chrono::duration<double>(n) / rate);
        if (due >= end) co_return;
        co_await sleep_until(due);
        while (customers.size() >= most_open) co_await sleep_for(std::chrono::milliseconds{5});
        auto customer = "customer-" + std::to_string(between(1, 500));
        if (n % 50 == 49)
            customers.spawn(send_garbage(std::move(customer)));
        else
            customers.spawn(place(std::move(customer), n % 10 == 7 ? too_large_order() : fine_order()));
    }
}

awaitable<> demo_load::place(std::string customer, std::string body)
{
    const auto posted = clock::of(co_await asio::this_coro::executor).now();
    http::header_fields headers{{"Content-Type", "application/json"}, {"X-Customer-ID", customer}};
    const auto answer = co_await checkout_.post("/checkout", std::move(body), std::move(headers));
    if (!answer || answer->status != 202) co_return tally_.refuse();
    tally_.accept(from_json<checkout_answer>(answer->body).value().order_id, posted);
}

awaitable<> demo_load::send_garbage(std::string customer)
{
    const auto posted = clock::of(co_await asio::this_coro::executor).now();
    const auto id = record_id::random();
    outgoing record;
    record.topic = orders_placed.name();
    record.key = std::move(customer);
    record.value = R"({"order_id":")" + id.text() +
                   R"(","items":[{"product_id":)"
                   "\xff\xfe";
    record.headers.push_back({std::string{record_id::header_name}, id.text()});
    const auto sent = co_await log_.send(std::move(record));
    if (!sent) co_return tally_.refuse();
    tally_.accept(id.text(), posted);
}

std::string demo_load::fine_order()
{
    checkout_body order;
    for (auto left = between(1, 3); left > 0; --left)
        order.items.push_back({skus_[static_cast<std::size_t>(between(0, std::ssize(skus_) - 1))], between(1, 3),
                               money::of_minor(between(99, 9'999))});
    return to_json(order);
}

std::string demo_load::too_large_order()
{
    checkout_body order;
    for (int item = 0; item < 100; ++item) order.items.push_back({skus_.front(), 1'000, money::of_minor(1'999)});
    return to_json(order);
}

std::int64_t demo_load::between(std::int64_t least, std::int64_t most)
{
    return std::uniform_int_distribution<std::int64_t>{least, most}(random_);
}

}  // namespace orders
