#include "order_system.hpp"
#include "orders/checkout_stage.hpp"
#include "orders/order_page.hpp"
#include "sluice/testing/test_case.hpp"

#include <boost/json.hpp>

using namespace sluice;
using namespace orders;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr timestamp noon{std::chrono::milliseconds{1'772'366'400'250}};
const std::vector<order_item> items{{"apple", 2, money::of_minor(2'999)}};
const auto total = money::of_minor(5'998);

// Asks until the order is in this state.
awaitable<json::object> wait_for(order_system& system, std::string id, std::string state)
{
    json::object page;
    const auto is_there = [&]() -> awaitable<bool> {
        const auto got = (co_await system.checkout->get("/orders/" + id)).value();
        BOOST_TEST_REQUIRE((got.status == 200u || got.status == 404u), got.body);
        if (got.status == 404u) co_return false;
        page = json::parse(got.body).as_object();
        co_return page.at("state").as_string() == state;
    };
    co_await testing::until(is_there, "the order is in its state");
    co_return page;
}

bool tells(const json::object& page, std::string_view time)
{
    return page.at("times").as_object().contains(time);
}

awaitable<std::string> place(order_system& system, int quantity)
{
    http::header_fields headers{{"Content-Type", "application/json"}, {"X-Customer-ID", "c-1"}};
    auto body = R"({"items":[{"product_id":"apple","quantity":)" + std::to_string(quantity) + R"(,"price":29.99}]})";
    const auto got = (co_await system.checkout->post("/checkout", std::move(body), std::move(headers))).value();
    BOOST_TEST_REQUIRE(got.status == 202u, got.body);
    co_return got.header("Location").value().substr(std::string_view{"/orders/"}.size());
}

}  // namespace

SLUICE_TEST_CASE(where_an_order_stands_is_told_from_its_post_to_its_payment, 60s)
{
    const auto loop = co_await asio::this_coro::executor;
    order_system system{loop, {{"provider.declines", "0"}}};
    const auto body = [&]() -> awaitable<> {
        const auto id = co_await place(system, 2), too_large = co_await place(system, 100);
        const auto paid = co_await wait_for(system, id, "paid");
        BOOST_TEST(paid.at("order_id").as_string() == id);
        BOOST_TEST(paid.at("customer_id").as_string() == "c-1");
        BOOST_TEST(tells(paid, "placed"));
        BOOST_TEST(tells(paid, "reserved"));
        BOOST_TEST(tells(paid, "paid"));
        BOOST_TEST(!tells(paid, "rejected"));
        const auto rejected = co_await wait_for(system, too_large, "rejected");
        BOOST_TEST(tells(rejected, "placed"));
        const auto text = (co_await system.checkout->get("/orders/" + id)).value();
        BOOST_TEST(text.header("Content-Type").value() == "application/json");
        const auto start = R"({"order_id":")" + id + R"(","customer_id":"c-1","total":59.98,"state":"paid","times":{)";
        BOOST_TEST(text.body.substr(0, start.size()) == start);
    };
    co_await system.run(body);
}

SLUICE_TEST_CASE(what_comes_later_may_be_seen_before_what_came_first, 60s)
{
    order_system system{co_await asio::this_coro::executor};
    const std::string id = "0195fd5c-0000-7000-8000-000000000001", away = "0195fd5c-0000-7000-8000-000000000002";
    const auto send = [&](outgoing what) -> awaitable<> {
        std::vector<outgoing> records;
        records.push_back(std::move(what));
        co_await system.cluster.send(std::move(records));
    };
    const auto body = [&]() -> awaitable<> {
        const payment_declined declined{id, "c-1", items, total, "no_funds", noon};
        co_await send(declined_payments.make(declined));
        const auto early = co_await wait_for(system, id, "declined");
        BOOST_TEST(!tells(early, "placed"));
        const email_sent emailed{away, "c-1", "<m>", noon};
        co_await send(sent_emails.make(emailed));
        const auto unknown = co_await wait_for(system, away, "placed");
        BOOST_TEST(json::serialize(unknown.at("times")) == R"({"emailed":"2026-03-01T12:00:00.250Z"})");
        BOOST_TEST(!unknown.contains("total"));
        const stock_released released{id, "c-1", items};
        co_await send(inventory_released.make(released));
        co_await wait_for(system, id, "released");
        const auto malformed = (co_await system.checkout->get("/orders/42")).value();
        expect_problem(malformed, 400, "invalid-parameter");
        const auto nobody = (co_await system.checkout->get("/orders/0195fd5c-0000-7000-8000-000000000003")).value();
        expect_problem(nobody, 404, "unknown-order");
    };
    co_await system.run(body);
}

SLUICE_TEST_CASE(an_order_cannot_be_looked_up_while_the_database_is_away)
{
    for (const auto code : {errc::unavailable, errc::timed_out}) {
        status_store statuses{std::make_shared<failing_database>(code)};
        const auto got = co_await show_order("0195fd5c-0000-7000-8000-000000000003", statuses);
        expect_problem(got, 503, "unavailable");
        BOOST_TEST(got.header("Retry-After").has_value());
    }
}
