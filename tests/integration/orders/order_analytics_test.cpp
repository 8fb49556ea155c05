#include "orders/order_analytics.hpp"

#include "integration/process/running_roles.hpp"
#include "sluice/testing/test_case.hpp"

using namespace sluice;
using namespace orders;
using namespace std::chrono_literals;

namespace {

std::vector<role_entry> table()
{
    return {{"order-analytics", order_analytics, "", reads{"order-analytics", {captured_payments}},
             serves{8086, {"GET /", "GET /assets/{file}", "GET /analytics/orders"}}}};
}

payment_captured payment(std::string id, std::int64_t quantity)
{
    return {std::move(id),
            "c-1",
            {{"apple", quantity, money::of_minor(150)}},
            money::of_minor(150 * quantity),
            "p-1",
            timestamp{std::chrono::hours{500'000}}};
}

constexpr auto asked = "/analytics/orders?from=2027-01-15T08:00:00Z&to=2027-01-15T08:05:00Z";

}  // namespace

SLUICE_TEST_CASE(payments_are_counted_once_and_what_makes_no_sense_is_a_dead_letter_of_its_own, 60s)
{
    running_roles system{co_await asio::this_coro::executor, table(), {}, analytics_settings()};
    const auto body = [&]() -> awaitable<> {
        auto bad = payment("o-2", 1);
        bad.items[0].quantity = -1;
        std::vector<outgoing> records;
        for (const auto& each : {payment("o-1", 2), bad, payment("o-1", 2), payment("o-3", 1)})
            records.push_back(captured_payments.make(each));
        co_await system.cluster.send(std::move(records));
        const auto dead = co_await system.read("payment.captured.order-analytics.dlt", 1);
        BOOST_TEST(payload_of<payment_captured>(dead[0]).order_id == "o-2");

        auto client = system.client(system.roles->urls().at("order-analytics"));
        std::string seen;
        while (seen.find(R"("orders":2,)") == seen.npos) {
            const auto got = (co_await client.get(asked)).value();
            BOOST_TEST_REQUIRE(got.status == 200u, got.body);
            BOOST_TEST(got.header("Content-Type").value() == "application/json");
            seen = got.body;
        }
        BOOST_TEST(seen.find(R"("totals":{"orders":2,"revenue":4.50,"units":3,"products":1})") != seen.npos, seen);
        const auto wrong = (co_await client.get("/analytics/orders?from=now")).value();
        BOOST_TEST(wrong.status == 400u);
        BOOST_TEST(wrong.body.find(R"("parameter":"from")") != wrong.body.npos, wrong.body);
        const auto nothing = (co_await client.get("/assets/passwd")).value();
        BOOST_TEST(nothing.status == 404u);
    };
    const auto status = co_await system.run(body);
    BOOST_TEST(status == 0);
}
