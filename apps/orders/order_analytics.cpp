#include "orders/order_analytics.hpp"

#include "orders/analytics_store.hpp"
#include "orders/answers.hpp"
#include "orders/durations.hpp"
#include "orders/housekeeping.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/flow/batch.hpp"
#include "sluice/http/asset.hpp"
#include "sluice/http/router.hpp"
#include "sluice/process/role.hpp"

#include <algorithm>
#include <optional>

namespace orders {

using namespace sluice;
using namespace std::chrono_literals;

namespace pages {
extern const std::string_view analytics_html, analytics_css, analytics_js, chart_js;  // put there by the build
}

namespace {

http::response show_asset(const std::string& name)
{
    const http::asset all[] = {{"analytics.css", "text/css", pages::analytics_css},
                               {"analytics.js", "text/javascript", pages::analytics_js},
                               {"chart.js", "text/javascript", pages::chart_js}};
    const auto* found = std::ranges::find(all, name, &http::asset::name);
    if (found != std::end(all)) return http::answer(*found);
    return http::answer({.status = 404, .type = "/problems/unknown-file", .detail = "there is no such file"});
}

}  // namespace

awaitable<> count_payments(std::span<const payment_captured> payments, batch_context& about, analytics_store& sales)
{
    std::optional<failed_record> failed;
    std::vector<payment_captured> sensible;
    try {
        for (const auto& payment : payments) {
            check(payment);
            sensible.push_back(payment);
        }
    } catch (const permanent_failure&) {
        failed.emplace(sensible.size());
    }
    about.stage("waiting for the store's commit");
    if (!sensible.empty()) co_await sales.count(std::move(sensible));
    if (failed) throw *failed;
}

awaitable<http::response> show_sales(http::request asked, analytics_store& sales)
{
    const auto range = asked_range(asked.query, clock::of(co_await asio::this_coro::executor).wall());
    if (!range) co_return http::answer(range.error());
    auto answer = http::json(200, to_json(co_await sales.report(*range)));
    answer.headers.add("Cache-Control", "no-store");
    co_return answer;
}

std::vector<setting_declaration> analytics_settings()
{
    return {inbox_setting(),
            {"analytics.keep", "768h", "how long sums are kept, by the time of the capture",
             setting_declaration::kind::value, is_some_time}};
}

awaitable<> order_analytics(role& self)
{
    analytics_store sales{self.database("analytics", analytics_store::migrations()), self.numbers()};

    const auto page = [](const http::request&) -> awaitable<http::response> {
        co_return http::answer(http::asset{"analytics.html", "text/html", pages::analytics_html});
    };
    const auto part = [](const http::request&, std::string name) -> awaitable<http::response> {
        co_return show_asset(name);
    };
    const auto sums = [&](http::request asked) { return with_store(show_sales(std::move(asked), sales)); };
    http::router routes;
    routes.get("/", page).get<std::string>("/assets/{file}", part).get("/analytics/orders", sums);
    const auto handler = [&](std::span<const payment_captured> payments, batch_context& about) {
        return count_payments(payments, about, sales);
    };
    auto payments = self.flow(captured_payments, {.group = "order-analytics", .breaker = breaker_settings{.open = 2s}})
                        .retry({.attempts = 5, .first_delay = 200ms, .max_delay = 30s})
                        .dead_letter();
    const auto work = [&](scope& all) -> awaitable<> {
        all.spawn(self.serve(routes));
        co_await payments.run_batch(handler);
    };
    const auto keep = age(self.settings(), inbox_keep), keep_sums = age(self.settings(), "analytics.keep");
    const auto forget = [&](timestamp now) { return sales.forget(now - keep, now - keep_sums); };
    co_await forgetting_meanwhile(with_scope({}, work), forget, self.log());
}

}  // namespace orders
