#include "orders/inventory.hpp"
#include "orders/stock_store.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/flow/failure.hpp"
#include "sluice/record/codec.hpp"
#include "sluice/store/sqlite_database.hpp"
#include "sluice/testing/test_case.hpp"
#include "temporary_folder.hpp"

#include <limits>
#include <random>

using namespace sluice;
using namespace orders;

namespace {

struct warehouse {
    quantities initial;
    temporary_folder folder = {};
    metrics numbers = {};
    std::shared_ptr<store::sql_database> where =
        std::make_shared<store::sqlite_database>(folder / "inventory.db", stock_store::migrations());
    stock_store stock{where, numbers};

    awaitable<> open() { return stock.open(initial); }
};

order_placed order_of(std::string id, std::vector<order_item> items)
{
    return {std::move(id), "c-1", std::move(items), money::of_minor(100), {}};
}

// Handles the order as the flow does, as the record of this id.
awaitable<reply> handle(stock_store& stock, order_placed order, std::string record_id)
{
    const auto cause =
        record::make({"order.placed", 0}, 0, order.customer_id, to_json(order), {{"sluice-id", record_id}});
    const logger silent;
    context about{cause, 1, {}, silent};
    co_return co_await reserve(std::move(order), about, stock);
}

template <class T>
T only(const reply& got, const topic<T>& where)
{
    BOOST_REQUIRE(got.records().size() == 1u);
    BOOST_TEST(got.records().front().topic == where.name());
    BOOST_TEST((got.records().front().key == "c-1"));
    return from_json<T>(got.records().front().value.value()).value();
}

awaitable<> expect_level(stock_store& stock, std::string sku, std::int64_t available, std::int64_t reserved)
{
    const auto level = co_await stock.level(std::move(sku));
    BOOST_REQUIRE(level.has_value());
    BOOST_TEST(level->available == available);
    BOOST_TEST(level->reserved == reserved);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_stock_setting_is_read_or_refused)
{
    const auto stock = parse_stock("SKU-008..SKU-011=7,apple=0");
    const quantities wanted{{"SKU-008", 7}, {"SKU-009", 7}, {"SKU-010", 7}, {"SKU-011", 7}, {"apple", 0}};
    BOOST_TEST((stock == wanted));
    for (const auto* bad : {"", "apple", "apple=", "=1", "apple=-1", "apple=1x", "a1..a=1", "a2..a1=1", "a1..b2=1",
                            "a1..a20=1", "apple=1,", "a000000..a999999=1", "apple=9223372036854775808"})
        BOOST_TEST(!parse_stock(bad), bad);
}

SLUICE_TEST_CASE(all_items_of_an_order_are_reserved)
{
    warehouse here{{{"apple", 10}, {"pear", 5}}};
    co_await here.open();
    const auto order = order_of("o-1", {{"apple", 3, money::of_minor(10)}, {"pear", 5, money::of_minor(14)}});
    const auto event = only(co_await handle(here.stock, order, "r-1"), inventory_reserved);
    BOOST_TEST(event.order_id == "o-1");
    BOOST_TEST(event.customer_id == "c-1");
    BOOST_TEST(event.items.size() == 2u);
    BOOST_TEST((event.total == order.total));
    co_await expect_level(here.stock, "apple", 7, 3);
    co_await expect_level(here.stock, "pear", 0, 5);
}

SLUICE_TEST_CASE(nothing_is_reserved_when_one_item_is_short)
{
    warehouse here{{{"apple", 10}, {"pear", 4}}};
    co_await here.open();
    const auto order = order_of("o-1", {{"apple", 3, {}}, {"pear", 5, {}}});
    const auto event = only(co_await handle(here.stock, order, "r-1"), inventory_rejected);
    BOOST_TEST((event.reason == rejection::insufficient_stock));
    BOOST_REQUIRE(event.items.size() == 1u);
    BOOST_TEST(event.items[0].product_id == "pear");
    BOOST_TEST(event.items[0].requested == 5);
    BOOST_TEST(event.items[0].available == 4);
    co_await expect_level(here.stock, "apple", 10, 0);
    co_await expect_level(here.stock, "pear", 4, 0);
}

SLUICE_TEST_CASE(a_product_that_comes_twice_is_added_up)
{
    warehouse here{{{"apple", 10}}};
    co_await here.open();
    const auto order = order_of("o-1", {{"apple", 6, {}}, {"apple", 5, {}}});
    const auto event = only(co_await handle(here.stock, order, "r-1"), inventory_rejected);
    BOOST_REQUIRE(event.items.size() == 1u);
    BOOST_TEST(event.items[0].requested == 11);
    const auto fits = order_of("o-2", {{"apple", 6, {}}, {"apple", 4, {}}});
    co_await handle(here.stock, fits, "r-2");
    co_await expect_level(here.stock, "apple", 0, 10);
}

SLUICE_TEST_CASE(an_unknown_product_is_rejected_by_name)
{
    warehouse here{{{"apple", 1}}};
    co_await here.open();
    const auto order = order_of("o-1", {{"apple", 2, {}}, {"plum", 1, {}}});
    const auto event = only(co_await handle(here.stock, order, "r-1"), inventory_rejected);
    BOOST_TEST((event.reason == rejection::unknown_product));
    BOOST_REQUIRE(event.items.size() == 1u);
    BOOST_TEST(event.items[0].product_id == "plum");
    BOOST_TEST(!(co_await here.stock.level("plum")).has_value());
}

SLUICE_TEST_CASE(a_record_that_comes_again_gets_the_same_reply_and_has_no_second_effect)
{
    warehouse here{{{"apple", 10}}};
    co_await here.open();
    const auto order = order_of("o-1", {{"apple", 6, {}}});
    const auto first = co_await handle(here.stock, order, "r-1");
    const auto again = co_await handle(here.stock, order, "r-1");
    BOOST_TEST(first.encode() == again.encode());
    BOOST_TEST(here.numbers.counter("orders_inbox_repeats_total", "").Value() == 1);
    co_await expect_level(here.stock, "apple", 4, 6);

    // Rejected stays rejected, even when there would be stock now.
    const auto too_large = order_of("o-2", {{"apple", 5, {}}});
    const auto rejected = co_await handle(here.stock, too_large, "r-2");
    const auto refill = [](store::sql_transaction& within) -> awaitable<> {
        co_await within.execute("update stock set initial = initial + 100, available = available + 100");
    };
    co_await here.where->write(refill);
    const auto repeated = co_await handle(here.stock, too_large, "r-2");
    BOOST_TEST(rejected.encode() == repeated.encode());
    co_await expect_level(here.stock, "apple", 104, 6);
}

SLUICE_TEST_CASE(orders_that_make_no_sense_fail_for_good_and_change_nothing)
{
    warehouse here{{{"apple", 10}}};
    co_await here.open();
    const auto taken = order_of("taken", {{"apple", 1, {}}});
    co_await handle(here.stock, taken, "r-0");
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    const order_placed rows[] = {
        order_of("o-1", {}), order_of("o-2", {{"apple", -1, {}}}), order_of("o-3", {{"apple", 0, {}}}),
        order_of("o-4", {{"apple", most, {}}, {"apple", 1, {}}}), order_of("taken", {{"apple", 1, {}}})};
    for (const auto& order : rows) {
        bool failed = false;
        try {
            co_await handle(here.stock, order, "r-" + order.order_id);
        } catch (const permanent_failure&) {
            failed = true;
        }
        BOOST_TEST(failed, order.order_id);
    }
    co_await expect_level(here.stock, "apple", 9, 1);
}

SLUICE_TEST_CASE(a_thousand_random_orders_never_oversell)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random{seed};
    const auto between = [&](std::int64_t least, std::int64_t most) {
        return std::uniform_int_distribution<std::int64_t>{least, most}(random);
    };
    quantities initial;
    for (int sku = 0; sku < 10; ++sku) initial["SKU-" + std::to_string(sku)] = between(0, 500);
    warehouse here{initial};
    co_await here.open();

    std::vector<order_placed> all;
    for (int n = 0; n < 1'000; ++n) {
        std::vector<order_item> items;
        for (auto left = between(1, 4); left > 0; --left)
            items.push_back({"SKU-" + std::to_string(between(0, 10)), between(1, 20), {}});
        all.push_back(order_of("o-" + std::to_string(n), std::move(items)));
    }
    quantities promised;
    std::map<std::string, std::string> replies;
    const auto place = [&](order_placed order) -> awaitable<> {
        const auto got = co_await handle(here.stock, order, "r-" + order.order_id);
        const auto [kept, first] = replies.try_emplace(order.order_id, got.encode());
        BOOST_TEST((kept->second == got.encode()));
        if (!first || got.records().front().topic != inventory_reserved.name()) co_return;
        for (const auto& item : order.items) promised[item.product_id] += item.quantity;
    };
    const auto crowd = [&](scope& everybody) -> awaitable<> {
        for (const auto& order : all) {
            everybody.spawn(place(order));
            if (between(0, 4) == 0) everybody.spawn(place(order));
        }
        co_return;
    };
    co_await with_scope({}, crowd);

    BOOST_TEST(replies.size() == 1'000u);
    for (const auto& [sku, quantity] : initial)
        co_await expect_level(here.stock, sku, quantity - promised[sku], promised[sku]);
}
