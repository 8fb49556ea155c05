// What the store of sums must do, on each database that there is.
#include "orders/analytics_store.hpp"

#include "sluice/base/rfc3339.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/record/codec.hpp"
#include "sluice/testing/test_case.hpp"
#include "store/stage.hpp"

#include <random>

using namespace sluice;
using namespace orders;
using namespace std::chrono_literals;

namespace {

const auto noon = from_rfc3339("2026-03-01T12:00:00Z").value();
const time_range the_hour{noon, noon + 1h};

struct sums_stage {
    std::unique_ptr<stage> here = new_stage();
    metrics numbers = {};

    // As another process has it.
    analytics_store connect() { return analytics_store{here->connect(analytics_store::migrations()), numbers}; }
};

payment_captured payment(std::string id, std::vector<order_item> items, timestamp when = noon)
{
    money total;
    for (const auto& item : items) total = total.plus(item.price.times(item.quantity).value()).value();
    return {std::move(id), "c-1", std::move(items), total, "p-1", when};
}

std::vector<payment_captured> payments(int first, int last, std::mt19937& random)
{
    std::vector<payment_captured> all;
    for (int n = first; n < last; ++n)
        all.push_back(payment("o-" + std::to_string(n),
                              {{"SKU-" + std::to_string(n % 7), 1 + n % 3, money::of_minor(99 + n)}}, noon + n * 1s));
    std::ranges::shuffle(all, random);
    return all;
}

}  // namespace

SLUICE_TEST_CASE(revenue_and_units_are_kept_by_minute_and_product)
{
    sums_stage here;
    auto store = here.connect();
    std::vector<payment_captured> some{
        payment("o-1", {{"apple", 2, money::of_minor(150)}, {"pear", 1, money::of_minor(1)}}, noon + 59'999ms),
        payment("o-2", {{"pear", 3, money::of_minor(200)}}, noon + 1min),
        payment("o-3", {{"plum", 1, money::of_minor(5)}}, noon + 1h), payment("o-4", {}, noon - 1ms)};
    co_await store.count(some);
    const auto got = co_await store.report(the_hour);
    BOOST_TEST(to_json(got) ==
               R"({"from":"2026-03-01T12:00:00.000Z","to":"2026-03-01T13:00:00.000Z",)"
               R"("totals":{"orders":2,"revenue":9.01,"units":6,"products":2},)"
               R"("minutes":[{"minute":"2026-03-01T12:00:00.000Z","orders":1,"revenue":3.01,"units":3},)"
               R"({"minute":"2026-03-01T12:01:00.000Z","orders":1,"revenue":6.00,"units":3}],)"
               R"("products":[{"product_id":"pear","units":4,"revenue":6.01},)"
               R"({"product_id":"apple","units":2,"revenue":3.00}]})");
}

SLUICE_TEST_CASE(an_order_that_comes_again_is_not_counted_again_in_whatever_company_it_comes)
{
    sums_stage here;
    auto one = here.connect(), other = here.connect();
    const auto first = payment("o-1", {{"apple", 1, money::of_minor(100)}});
    const auto second = payment("o-2", {{"apple", 1, money::of_minor(10)}});
    std::vector<payment_captured> batch{first, first};
    co_await one.count(batch);
    batch = {second, first};
    co_await other.count(batch);
    const auto got = co_await one.report(the_hour);
    BOOST_TEST(got.totals.orders == 2);
    BOOST_TEST(got.totals.revenue.minor() == 110);
    BOOST_TEST(got.products.at(0).units == 2);
    BOOST_TEST(here.numbers.counter("orders_analytics_repeats_total", "").Value() == 2);
}

SLUICE_TEST_CASE(processes_that_count_the_same_payments_at_once_count_each_once, 120s)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random{seed};
    sums_stage here;
    std::vector<analytics_store> processes;
    for (int i = 0; i < 4; ++i) processes.push_back(here.connect());
    const auto all_at_once = [&](scope& together) -> awaitable<> {
        for (int first = 0; first < 200; first += 50)
            for (auto& store : processes) together.spawn(store.count(payments(first, first + 70, random)));
        co_return;
    };
    co_await with_scope({}, all_at_once);

    std::int64_t units = 0, minor = 0;
    for (const auto& each : payments(0, 220, random)) {
        units += each.items[0].quantity;
        minor += each.total.minor();
    }
    const auto got = co_await processes[0].report(the_hour);
    BOOST_TEST(got.totals.orders == 220);
    BOOST_TEST(got.totals.units == units);
    BOOST_TEST(got.totals.revenue.minor() == minor);
    std::int64_t of_products = 0;
    for (const auto& each : got.products) of_products += each.revenue.minor();
    BOOST_TEST(of_products == minor);
}

SLUICE_TEST_CASE(a_report_lists_a_hundred_products_and_says_how_many_there_are)
{
    sums_stage here;
    auto store = here.connect();
    std::vector<order_item> items;
    for (int n = 1; n <= 120; ++n) items.push_back({"SKU-" + std::to_string(n), 1, money::of_minor(n)});
    std::vector<payment_captured> one{payment("o-1", items)};
    co_await store.count(one);
    const auto got = co_await store.report(the_hour);
    BOOST_TEST(got.totals.products == 120);
    BOOST_REQUIRE(got.products.size() == 100u);
    BOOST_TEST(got.products.front().product_id == "SKU-120");
    BOOST_TEST(got.products.back().product_id == "SKU-21");
}

SLUICE_TEST_CASE(what_is_old_is_forgotten_and_the_rest_is_kept)
{
    sums_stage here;
    auto store = here.connect();
    std::vector<payment_captured> some{payment("o-1", {{"apple", 1, money::of_minor(100)}}, noon),
                                       payment("o-2", {{"apple", 1, money::of_minor(10)}}, noon + 5min)};
    co_await store.count(some);
    co_await store.forget({}, noon + 5min);
    const auto kept = co_await store.report(the_hour);
    BOOST_TEST(kept.totals.orders == 1);
    BOOST_TEST(kept.products.at(0).revenue.minor() == 10);
    // Counted long ago and forgotten, it would be counted again; so claims are kept as long as events may come again.
    co_await store.count(some);
    const auto unchanged = co_await store.report(the_hour);
    BOOST_TEST(unchanged.totals.orders == 1);
    const auto later = clock::of(co_await asio::this_coro::executor).wall() + 1min;
    co_await store.forget(later, {});
    co_await store.count(some);
    const auto again = co_await store.report(the_hour);
    BOOST_TEST(again.totals.orders == 3);
}
