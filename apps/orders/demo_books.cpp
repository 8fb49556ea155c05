#include "orders/demo_books.hpp"

#include "orders/sales.hpp"
#include "orders/stock_store.hpp"
#include "sluice/base/rfc3339.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>

namespace orders {

using namespace sluice;

namespace {

// What is needed of the answers.
struct charged {
    money captured_sum;
};
BOOST_DESCRIBE_STRUCT(charged, (), (captured_sum))
struct standing {
    std::string state;
};
BOOST_DESCRIBE_STRUCT(standing, (), (state))

template <class T>
awaitable<std::optional<T>> ask_for(http::client& whom, std::string target)
{
    const auto got = co_await whom.get(std::move(target));
    if (!got || got->status != 200) co_return std::nullopt;
    auto answer = from_json<T>(got->body);
    if (!answer) co_return std::nullopt;
    co_return std::move(*answer);
}

money minus(money all, money part)
{
    return money::of_minor(all.minor() - part.minor());
}

}  // namespace

http::client_settings client_of(const std::string& url)
{
    const auto where = boost::urls::parse_uri(url).value();
    return {.host = std::string{where.host()}, .port = where.port_number(), .time_limit = std::chrono::seconds{20}};
}

demo_books::demo_books(const asio::any_io_executor& loop, const std::map<std::string, std::string>& urls,
                       std::vector<std::string> skus)
    : checkout_{loop, client_of(urls.at("checkout"))},
      inventory_{loop, client_of(urls.at("inventory"))},
      provider_{loop, client_of(urls.at("payment-provider"))},
      analytics_{loop, client_of(urls.at("order-analytics"))},
      skus_{std::move(skus)}
{
}

awaitable<> demo_books::begin()
{
    from_ = minute_of(clock::of(co_await asio::this_coro::executor).wall());
    if (const auto now = co_await ask()) before_ = *now;
}

awaitable<std::optional<demo_sums>> demo_books::sums()
{
    auto now = co_await ask();
    if (!now) co_return std::nullopt;
    co_return demo_sums{minus(now->charged, before_.charged), minus(now->revenue, before_.revenue),
                        now->units - before_.units, now->reserved - before_.reserved};
}

awaitable<std::optional<money>> demo_books::revenue()
{
    const auto now = clock::of(co_await asio::this_coro::executor).wall();
    demo_sums sums;
    const bool known = co_await ask_analytics(now + std::chrono::minutes{1}, sums);
    if (!known) co_return std::nullopt;
    co_return minus(sums.revenue, before_.revenue);
}

awaitable<std::string> demo_books::state_of(std::string order_id)
{
    const auto got = co_await ask_for<standing>(checkout_, "/orders/" + order_id);
    co_return got ? got->state : std::string{};
}

awaitable<std::optional<demo_sums>> demo_books::ask()
{
    demo_sums sums;
    const auto captured = co_await ask_for<charged>(provider_, "/charges");
    if (!captured) co_return std::nullopt;
    sums.charged = captured->captured_sum;
    for (const auto& sku : skus_) {
        const auto level = co_await ask_for<stock_level>(inventory_, "/stock/" + sku);
        if (!level) co_return std::nullopt;
        sums.reserved += level->reserved;
    }
    const auto now = clock::of(co_await asio::this_coro::executor).wall();
    const bool known = co_await ask_analytics(now + std::chrono::minutes{1}, sums);
    if (!known) co_return std::nullopt;
    co_return sums;
}

// A day at most is answered at once.
awaitable<bool> demo_books::ask_analytics(timestamp to, demo_sums& into)
{
    for (auto from = from_; from < to; from += std::chrono::days{1}) {
        const auto end = std::min(to, from + std::chrono::days{1});
        const auto report = co_await ask_for<sales_report>(
            analytics_, "/analytics/orders?from=" + to_rfc3339(from) + "&to=" + to_rfc3339(minute_of(end)));
        if (!report) co_return false;
        into.revenue = into.revenue.plus(report->totals.revenue).value();
        into.units += report->totals.units;
    }
    co_return true;
}

}  // namespace orders
