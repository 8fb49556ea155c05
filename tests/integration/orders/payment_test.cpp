#include "order_system.hpp"
#include "orders/charge_store.hpp"
#include "orders/stock_store.hpp"
#include "sluice/http/router.hpp"
#include "sluice/http/server.hpp"
#include "sluice/testing/test_case.hpp"

#include <set>

using namespace sluice;
using namespace orders;
using namespace std::chrono_literals;

namespace {

constexpr auto unpaid_letters = "inventory.reserved.payment-service.dlt";

awaitable<> place(order_system& system, std::string customer, std::string sku)
{
    http::header_fields headers{{"Content-Type", "application/json"}, {"X-Customer-ID", customer}};
    auto body = R"({"items":[{"product_id":")" + sku + R"(","quantity":2,"price":29.99}]})";
    const auto got = (co_await system.checkout->post("/checkout", std::move(body), std::move(headers))).value();
    BOOST_TEST_REQUIRE(got.status == 202u, got.body);
}

struct payments {
    std::map<std::string, payment_captured> captured;
    std::map<std::string, payment_declined> declined;
};

// Waits until every order is paid or declined, which happens to each once.
awaitable<payments> read_payments(order_system& system, std::size_t orders)
{
    payments all;
    std::size_t captured = 0, declined = 0;
    for (;;) {
        const auto& paid = *co_await system.read("payment.captured", 0);
        for (; captured < paid.size(); ++captured) {
            auto one = payload_of<payment_captured>(paid[captured]);
            all.captured.emplace(one.order_id, one);
        }
        const auto& unpaid = *co_await system.read("payment.declined", 0);
        for (; declined < unpaid.size(); ++declined) {
            auto one = payload_of<payment_declined>(unpaid[declined]);
            all.declined.emplace(one.order_id, one);
        }
        if (all.captured.size() + all.declined.size() >= orders) break;
        co_await system.read_more();
    }
    BOOST_TEST(captured + declined == orders);
    co_return all;
}

// A provider that the test breaks and repairs.
struct moody_provider {
    explicit moody_provider(const asio::any_io_executor& loop) : server{loop, routes, {}, {}}
    {
        routes.post("/charges", [this](http::request asked) { return answer(std::move(asked)); });
        server.listen();
    }

    awaitable<http::response> answer(http::request asked)
    {
        ++requests;
        if (broken) co_return http::json(500, "{}");
        const auto what = from_json<charge_request>(asked.body).value();
        BOOST_TEST((asked.header("Idempotency-Key") == what.order_id));
        const charge taken{what.order_id, what.amount, charge_status::captured, "p-" + what.order_id, {}, {}};
        co_return http::json(201, to_json(taken));
    }

    std::string url() const { return "http://127.0.0.1:" + std::to_string(server.port()); }

    http::router routes;
    http::server server;
    cancellation stop;
    bool broken = true;
    int requests = 0;
};

}  // namespace

SLUICE_TEST_CASE(a_paid_order_is_a_charge_at_the_provider_and_a_repeat_says_the_same)
{
    order_system system{co_await asio::this_coro::executor};
    const auto body = [&]() -> awaitable<> {
        co_await place(system, "c-1", "apple");
        const auto& paid = *co_await system.read("payment.captured", 1);
        BOOST_TEST((paid.front().key() == "c-1"));
        const auto event = payload_of<payment_captured>(paid.front());
        BOOST_TEST((event.total == money::of_minor(5998)));
        BOOST_TEST(event.items.size() == 1u);
        const auto seen = (co_await system.provider->get("/charges/" + event.order_id)).value();
        const auto charged = from_json<charge>(seen.body).value();
        BOOST_TEST(charged.payment_id.value() == event.payment_id);
        BOOST_TEST((charged.decided_at == event.captured_at));
        BOOST_TEST((charged.amount == event.total));

        const auto& reserved = *co_await system.read("inventory.reserved", 1);
        const logger silent;
        context about{reserved.front(), 2, {}, silent};
        const auto again = co_await pay(payload_of<stock_reserved>(reserved.front()), about, *system.provider);
        BOOST_TEST((again.records().front().value == paid.front().value()));
        const auto totals = (co_await system.provider->get("/charges")).value();
        BOOST_TEST(totals.body == R"({"captured":1,"declined":0,"captured_sum":59.98})");
        const auto none = (co_await system.provider->get("/charges/nobody")).value();
        BOOST_TEST(none.status == 404u);
    };
    co_await system.run(body);
}

SLUICE_TEST_CASE(a_declined_payment_gives_the_stock_back)
{
    const order_system::flags poor{{"provider.declines", "1"}};
    order_system system{co_await asio::this_coro::executor, poor};
    const auto body = [&]() -> awaitable<> {
        co_await place(system, "c-1", "apple");
        const auto declined = payload_of<payment_declined>((co_await system.read("payment.declined", 1))->front());
        BOOST_TEST(declined.reason == "insufficient_funds");
        const auto& all_released = *co_await system.read("inventory.released", 1);
        BOOST_TEST((all_released.front().key() == "c-1"));
        const auto released = payload_of<stock_released>(all_released.front());
        BOOST_TEST(released.order_id == declined.order_id);
        BOOST_TEST(released.items.size() == 1u);
        const auto level = (co_await system.inventory->get("/stock/apple")).value();
        BOOST_TEST(level.body == R"({"sku":"apple","available":10,"reserved":0})");
    };
    co_await system.run(body);
}

SLUICE_TEST_CASE(what_is_put_for_sale_is_sold)
{
    order_system system{co_await asio::this_coro::executor};
    const auto body = [&]() -> awaitable<> {
        const auto put = [&](std::string sku, std::string units) {
            http::request what{.method = "PUT", .target = "/stock/" + sku};
            what.body = R"({"available":)" + units + "}";
            return system.inventory->send(std::move(what));
        };
        const auto fresh = (co_await put("plum", "2")).value();
        BOOST_TEST(fresh.status == 201u, fresh.body);
        co_await place(system, "c-1", "plum");
        co_await system.read("payment.captured", 1);
        const auto more = (co_await put("plum", "5")).value();
        BOOST_TEST(more.status == 200u, more.body);
        BOOST_TEST(more.body == R"({"sku":"plum","available":5,"reserved":2})");
        const auto level = (co_await system.inventory->get("/stock/plum")).value();
        BOOST_TEST(level.body == more.body);
    };
    co_await system.run(body);
}

SLUICE_TEST_CASE(with_a_provider_that_often_fails_every_order_is_final_and_charged_once, 60s)
{
    constexpr std::size_t orders = 100;
    const order_system::flags unsteady{{"provider.failures", "0.3"}, {"provider.declines", "0.2"}};
    order_system system{co_await asio::this_coro::executor, unsteady};
    const auto body = [&]() -> awaitable<> {
        for (std::size_t n = 0; n < orders; ++n) co_await place(system, "c-" + std::to_string(n), "pear");
        const auto all = co_await read_payments(system, orders);
        BOOST_TEST(!all.captured.empty());
        BOOST_TEST(!all.declined.empty());
        const auto totals = from_json<charge_totals>((co_await system.provider->get("/charges")).value().body).value();
        BOOST_TEST(totals.captured == std::ssize(all.captured));
        BOOST_TEST(totals.declined == std::ssize(all.declined));
        money revenue;
        for (const auto& [id, paid] : all.captured) {
            const auto seen = (co_await system.provider->get("/charges/" + id)).value();
            BOOST_TEST(from_json<charge>(seen.body).value().payment_id.value() == paid.payment_id);
            revenue = revenue.plus(paid.total).value();
        }
        BOOST_TEST((totals.captured_sum == revenue));
        BOOST_TEST((co_await system.size(unpaid_letters)) == 0);
        co_await system.read("inventory.released", all.declined.size());
        const auto level = from_json<stock_level>((co_await system.inventory->get("/stock/pear")).value().body).value();
        BOOST_TEST(level.reserved == 2 * std::ssize(all.captured));
        BOOST_TEST(level.available + level.reserved == 100'000);
    };
    co_await system.run(body);
}

SLUICE_TEST_CASE(an_outage_of_the_provider_opens_the_breaker_and_all_is_paid_when_it_is_over, 60s)
{
    constexpr std::size_t orders = 60;
    const auto loop = co_await asio::this_coro::executor;
    moody_provider provider{loop};
    order_system system{loop, {{"payment.provider", provider.url()}}};
    auto& openings = system.counter("sluice_breaker_openings_total", "payment-service", "payment");
    auto& retries = system.counter("sluice_retries_total", "payment-service", "payment");
    const auto body = [&]() -> awaitable<> {
        for (std::size_t n = 0; n < orders / 2; ++n) co_await place(system, "c-" + std::to_string(n), "pear");
        const auto is_open = [&] { return openings.Value() >= 1; };
        co_await testing::until(is_open, "the breaker is open");
        const auto before = provider.requests;
        const auto& time = sluice::clock::of(loop);
        const auto start = time.now();
        for (std::size_t n = orders / 2; n < orders; ++n) co_await place(system, "c-" + std::to_string(n), "pear");
        co_await system.read("inventory.reserved", orders);  // it holds up nobody else
        const auto probes = 1 + (time.now() - start) / 2s;
        BOOST_TEST(provider.requests <= before + probes);
        provider.broken = false;
        const auto all = co_await read_payments(system, orders);
        BOOST_TEST(all.captured.size() == orders);
        BOOST_TEST(retries.Value() == 0);  // the outage cost no attempt
        BOOST_TEST((co_await system.size(unpaid_letters)) == 0);
    };
    const auto beside = [&](scope& all) -> awaitable<> {
        const auto serve = [&]() -> awaitable<> { co_await provider.server.run(provider.stop.token()); };
        all.spawn(serve());
        co_await system.run(body);
        provider.stop.cancel(cancel_reason::shutdown);
    };
    co_await with_scope({}, beside);
}
