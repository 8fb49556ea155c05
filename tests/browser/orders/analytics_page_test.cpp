#include "orders/order_analytics.hpp"

#include "browser.hpp"
#include "integration/process/running_roles.hpp"
#include "sluice/testing/test_case.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

using namespace sluice;
using namespace orders;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr auto hostile = "<img src=x onerror=document.title='hacked'>";

std::vector<role_entry> table()
{
    return {{"order-analytics", order_analytics, "", reads{"order-analytics", {captured_payments}},
             serves{8086, {"GET /", "GET /assets/{file}", "GET /analytics/orders"}}}};
}

awaitable<> pay(running_roles& system, std::string id, std::string product, std::int64_t quantity, duration ago)
{
    const auto now = clock::of(co_await asio::this_coro::executor).wall();
    const auto price = money::of_minor(1010);
    const payment_captured paid{std::move(id),
                                "c-1",
                                {{std::move(product), quantity, price}},
                                price.times(quantity).value(),
                                "p-1",
                                now - std::chrono::floor<std::chrono::milliseconds>(ago)};
    std::vector<outgoing> record{captured_payments.make(paid)};
    co_await system.cluster.send(std::move(record));
}

// What a chart shows, but for the bars of nothing.
std::string values_of(const std::string& chart)
{
    return "return JSON.stringify(Chart.getChart('" + chart + "').data.datasets[0].data.filter((value) => value > 0))";
}

// What the API gives of it.
std::string values_in(const json::value& report, const char* list, const char* field)
{
    json::array values;
    for (const auto& each : report.at(list).as_array()) values.push_back(each.at(field));
    std::string text;
    for (const auto& each : values) {
        const auto cents = std::llround(each.to_number<double>() * 100);
        auto number = std::to_string(cents / 100);
        if (cents % 100 != 0)
            number += "." + std::to_string(cents % 100 / 10) + (cents % 10 ? std::to_string(cents % 10) : "");
        text += (text.empty() ? "" : ",") + number;
    }
    return "[" + text + "]";
}

}  // namespace

SLUICE_TEST_CASE(the_page_draws_what_the_api_says_as_soon_as_there_is_something, 120s)
{
    const auto loop = co_await asio::this_coro::executor;
    running_roles system{loop, table(), {}, analytics_settings()};
    browser tab{loop};
    const auto body = [&]() -> awaitable<> {
        const auto url = system.roles->urls().at("order-analytics");
        co_await tab.start();
        co_await tab.open(url + "/");
        co_await tab.until("return document.getElementById('state').className === 'live'");
        co_await tab.until(
            "return !document.getElementById('empty').hidden && document.getElementById('charts').hidden");

        co_await pay(system, "o-1", "apple", 2, 3min);
        co_await pay(system, "o-2", hostile, 3, 3min);
        co_await pay(system, "o-3", "apple", 1, 5min);
        co_await tab.until("return document.getElementById('orders').textContent === '3'");
        co_await tab.until("return document.getElementById('empty').hidden");
        auto client = system.client(url);
        const auto report = json::parse((co_await client.get("/analytics/orders")).value().body);
        for (const auto& [chart, list, field] :
             {std::tuple{"revenue-chart", "minutes", "revenue"}, std::tuple{"units-chart", "minutes", "units"},
              std::tuple{"products-chart", "products", "revenue"}}) {
            const auto drawn = co_await tab.run(values_of(chart));
            BOOST_TEST(drawn.as_string() == values_in(report, list, field));
        }
        const auto revenue = co_await tab.run("return document.getElementById('revenue').textContent");
        BOOST_TEST(revenue.as_string() == "60.60");
        const auto painted = co_await tab.run(
            "const c = document.getElementById('revenue-chart'), blue = [0x2f, 0x6f, 0xde];"
            "const p = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0;"
            "for (let i = 0; i < p.length; i += 4) n += blue.every((b, k) => p[i + k] === b); return n");
        BOOST_TEST(painted.to_number<std::int64_t>() > 500);

        const auto listed = co_await tab.run(
            "return [...document.querySelectorAll('#products tr')].map((row) => row.cells[0].textContent).join('|')");
        BOOST_TEST((listed.as_string() == "apple|" + std::string{hostile} ||
                    listed.as_string() == std::string{hostile} + "|apple"));
        const auto injected = co_await tab.run("return document.images.length + document.title");
        BOOST_TEST(injected.as_string() == "0Orders: revenue");
        const auto complaints = co_await tab.complaints();
        BOOST_TEST(complaints.empty(), json::serialize(complaints));
    };
    const auto status = co_await system.run(body);
    BOOST_TEST(status == 0);

    // The service is gone: what is shown stays, and the page says so.
    co_await tab.until("return document.getElementById('state').className === 'stale'");
    co_await tab.until("return document.getElementById('orders').textContent === '3'");
    const auto light = co_await tab.run("return getComputedStyle(document.body).backgroundColor");
    BOOST_TEST(light.as_string() == "rgb(245, 246, 248)");
    co_await tab.prefer_dark();
    co_await tab.until("return getComputedStyle(document.body).backgroundColor === 'rgb(18, 21, 26)'");
    co_await tab.stop();
}
