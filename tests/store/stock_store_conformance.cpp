// What the stock must do, on each database that there is.
#include "orders/inventory.hpp"
#include "orders/stock_store.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/flow/failure.hpp"
#include "sluice/record/codec.hpp"
#include "sluice/testing/test_case.hpp"
#include "store/stage.hpp"

#include <limits>
#include <random>

using namespace sluice;
using namespace orders;
using namespace std::chrono_literals;

namespace {

struct warehouse {
    quantities initial;
    std::unique_ptr<stage> where = new_stage();
    metrics numbers = {};
    stock_store stock{connect(), numbers};

    // As another process would.
    std::shared_ptr<store::sql_database> connect() { return where->connect(stock_store::migrations()); }
    awaitable<> open() { return stock.open(initial); }
};

order_placed order_of(std::string id, std::vector<order_item> items)
{
    const auto total = cost_of(items).value_or(money{});
    return {std::move(id), "c-1", std::move(items), total, {}};
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

payment_declined declined(const std::string& id)
{
    return {id, "c-1", {{"apple", 1, {}}}, money::of_minor(100), "insufficient_funds", {}};
}

// The same for a payment that was declined.
awaitable<reply> undo(stock_store& stock, std::string order_id, std::string record_id)
{
    const auto what = declined(order_id);
    const auto cause =
        record::make({"payment.declined", 0}, 0, what.customer_id, to_json(what), {{"sluice-id", record_id}});
    const logger silent;
    context about{cause, 1, {}, silent};
    co_return co_await release(what, about, stock);
}

awaitable<bool> fails_for_good(awaitable<reply> handled)
{
    try {
        co_await std::move(handled);
    } catch (const permanent_failure&) {
        co_return true;
    }
    co_return false;
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
    co_await here.stock.set_available("apple", 104);
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
    auto too_cheap = order_of("o-5", {{"apple", 1, money::of_minor(100)}});
    too_cheap.total = money::of_minor(1);
    auto for_money_back = order_of("o-6", {{"apple", 1, money::of_minor(-100)}});
    for_money_back.total = money::of_minor(-100);
    const order_placed rows[] = {order_of("o-1", {}),
                                 order_of("o-2", {{"apple", -1, {}}}),
                                 order_of("o-3", {{"apple", 0, {}}}),
                                 order_of("o-4", {{"apple", most, {}}, {"apple", 1, {}}}),
                                 too_cheap,
                                 for_money_back,
                                 order_of("taken", {{"apple", 1, {}}})};
    for (const auto& order : rows) {
        const bool failed = co_await fails_for_good(handle(here.stock, order, "r-" + order.order_id));
        BOOST_TEST(failed, order.order_id);
    }
    co_await expect_level(here.stock, "apple", 9, 1);
}

SLUICE_TEST_CASE(a_declined_payment_releases_its_order_once)
{
    warehouse here{{{"apple", 10}, {"pear", 5}}};
    co_await here.open();
    const auto order = order_of("o-1", {{"pear", 2, {}}, {"apple", 3, {}}});
    const auto other = order_of("o-2", {{"apple", 4, {}}});
    co_await handle(here.stock, order, "r-1");
    co_await handle(here.stock, other, "r-2");
    const auto first = co_await undo(here.stock, "o-1", "d-1");
    BOOST_TEST(only(first, inventory_released).order_id == "o-1");
    co_await expect_level(here.stock, "apple", 6, 4);
    co_await expect_level(here.stock, "pear", 5, 0);

    const auto again = co_await undo(here.stock, "o-1", "d-1");
    BOOST_TEST(again.encode() == first.encode());
    const auto by_another_record = co_await undo(here.stock, "o-1", "d-2");
    BOOST_TEST(by_another_record.records().empty());
    co_await expect_level(here.stock, "apple", 6, 4);
    BOOST_TEST(co_await fails_for_good(handle(here.stock, order, "r-3")));  // it is decided, for ever
}

SLUICE_TEST_CASE(what_is_not_reserved_cannot_be_released)
{
    warehouse here{{{"apple", 10}}};
    co_await here.open();
    const auto too_large = order_of("o-1", {{"apple", 11, {}}});
    co_await handle(here.stock, too_large, "r-1");
    for (const auto* order : {"o-1", "nobody"}) BOOST_TEST(co_await fails_for_good(undo(here.stock, order, "d-1")));
    co_await expect_level(here.stock, "apple", 10, 0);
    // It failed without a trace: the same record may come again, once there is what it speaks of.
    const auto fits = order_of("nobody", {{"apple", 1, {}}});
    co_await handle(here.stock, fits, "r-2");
    only(co_await undo(here.stock, "nobody", "d-1"), inventory_released);
    co_await expect_level(here.stock, "apple", 10, 0);
}

SLUICE_TEST_CASE(what_is_for_sale_is_set_and_what_is_reserved_stays)
{
    warehouse here{{{"apple", 10}}};
    co_await here.open();
    const auto order = order_of("o-1", {{"apple", 4, {}}});
    co_await handle(here.stock, order, "r-1");
    const auto less = co_await here.stock.set_available("apple", 1);
    BOOST_TEST(!less.fresh);
    BOOST_TEST(to_json(less.now) == R"({"sku":"apple","available":1,"reserved":4})");
    co_await undo(here.stock, "o-1", "d-1");
    co_await expect_level(here.stock, "apple", 5, 0);
    const auto plums = co_await here.stock.set_available("plum", 7);
    BOOST_TEST(plums.fresh);
    const auto wanted = order_of("o-2", {{"plum", 7, {}}});
    only(co_await handle(here.stock, wanted, "r-2"), inventory_reserved);
    co_await here.open();  // the next start fills up nothing
    co_await expect_level(here.stock, "apple", 5, 0);
    co_await expect_level(here.stock, "plum", 0, 7);
}

// Each order comes to one process or to two at once, some are released by one or by two; the stock runs out on the way.
SLUICE_TEST_CASE(random_orders_at_several_processes_never_oversell, 60s)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random{seed};
    const auto between = [&](std::int64_t least, std::int64_t most) {
        return std::uniform_int_distribution<std::int64_t>{least, most}(random);
    };
    quantities initial;
    for (int sku = 0; sku < 5; ++sku) initial["SKU-" + std::to_string(sku)] = between(0, 500);
    warehouse here{initial};
    co_await here.open();
    std::vector<std::unique_ptr<stock_store>> processes;
    for (int n = 0; n < 4; ++n) processes.push_back(std::make_unique<stock_store>(here.connect(), here.numbers));

    quantities held;
    std::size_t reserved = 0, rejected = 0, released = 0;
    const auto twice = [&](auto handled_by) -> awaitable<reply> {
        std::vector<reply> replies;
        const auto keep = [&](stock_store& at) -> awaitable<> {
            auto got = co_await handled_by(at);
            replies.push_back(std::move(got));
        };
        auto& first = *processes[static_cast<std::size_t>(between(0, 3))];
        auto& second = *processes[static_cast<std::size_t>(between(0, 3))];
        const bool both = between(0, 2) == 0;
        const auto body = [&](scope& at_once) -> awaitable<> {
            at_once.spawn(keep(first));
            if (both) at_once.spawn(keep(second));
            co_return;
        };
        co_await with_scope({}, body);
        BOOST_REQUIRE(!replies.empty());  // else another customer has failed
        BOOST_TEST((replies.front().encode() == replies.back().encode()));
        co_return std::move(replies.front());
    };
    const auto customer = [&](order_placed order, bool pays) -> awaitable<> {
        const auto place = [&](stock_store& at) { return handle(at, order, "r-" + order.order_id); };
        const auto got = co_await twice(place);
        if (got.records().front().topic == inventory_rejected.name()) {
            ++rejected;
            co_return;
        }
        ++reserved;
        for (const auto& item : order.items) {
            const auto level = co_await here.stock.level(item.product_id);
            BOOST_TEST(level.value().available >= 0, item.product_id);
        }
        if (pays) {
            for (const auto& item : order.items) held[item.product_id] += item.quantity;
            co_return;
        }
        const auto decline = [&](stock_store& at) { return undo(at, order.order_id, "d-" + order.order_id); };
        const auto given_back = co_await twice(decline);
        released += given_back.records().size();
    };
    const auto crowd = [&](scope& everybody) -> awaitable<> {
        for (int n = 0; n < 400; ++n) {
            std::vector<order_item> items;
            for (auto left = between(1, 4); left > 0; --left)
                items.push_back({"SKU-" + std::to_string(between(0, 4)), between(1, 20), {}});
            everybody.spawn(customer(order_of("o-" + std::to_string(n), std::move(items)), between(0, 3) > 0));
        }
        co_return;
    };
    co_await with_scope({}, crowd);

    BOOST_TEST(reserved + rejected == 400u);
    BOOST_TEST(released <= reserved);
    BOOST_TEST_MESSAGE(reserved << " reserved, " << rejected << " rejected, " << released << " released");
    for (const auto& [sku, quantity] : initial) {
        BOOST_TEST(held[sku] <= quantity, sku);
        co_await expect_level(here.stock, sku, quantity - held[sku], held[sku]);
    }
}
