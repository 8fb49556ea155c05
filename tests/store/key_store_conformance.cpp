// What the store of keys must do on every database.
#include "orders/events.hpp"
#include "orders/key_store.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/testing/test_case.hpp"
#include "store/stage.hpp"

#include <set>

namespace {

using namespace sluice;
using namespace orders;
using namespace std::chrono_literals;

constexpr timestamp noon{std::chrono::milliseconds{1'772'366'400'250}};

std::string event_of(std::string id, std::int64_t quantity = 1, timestamp created = noon)
{
    const std::vector<order_item> items{{"SKU-\"ß\"", quantity, money::of_minor(2'999)}};
    return to_json(order_placed{std::move(id), "c-1", items, money::of_minor(2'999), created});
}

key_store keys_of(stage& here)
{
    return key_store{here.connect(key_store::migrations())};
}

const order_key first_key{"c-1", "k-1"};

awaitable<> expect_claim(key_store& keys, order_key which, std::string event, timestamp now, key_state state,
                         std::string kept, bool doubtful = false)
{
    const auto got = co_await keys.claim(std::move(which), std::move(event), now, now + 6s);
    BOOST_TEST((got.state == state));
    BOOST_TEST(got.event == kept);
    BOOST_TEST(got.doubtful == doubtful);
}

}  // namespace

SLUICE_TEST_CASE(a_key_is_the_first_ones_until_the_order_is_placed_and_then_everybodys)
{
    const auto here = new_stage();
    auto one = keys_of(*here), other = keys_of(*here);
    co_await expect_claim(one, first_key, event_of("a"), noon, key_state::ours, event_of("a"));
    co_await expect_claim(other, first_key, event_of("b", 1, noon + 1s), noon + 1s, key_state::elsewhere,
                          event_of("a"));
    const order_key of_another{"c-2", "k-1"}, another{"c-1", "k-2"};
    co_await expect_claim(other, of_another, event_of("c"), noon, key_state::ours, event_of("c"));
    co_await expect_claim(other, another, event_of("d"), noon, key_state::ours, event_of("d"));
    co_await one.settle(first_key);
    co_await expect_claim(other, first_key, event_of("e"), noon + 1h, key_state::placed, event_of("a"));
}

SLUICE_TEST_CASE(a_key_with_other_items_is_reused_whatever_its_state)
{
    const auto here = new_stage();
    auto keys = keys_of(*here);
    co_await expect_claim(keys, first_key, event_of("a", 1), noon, key_state::ours, event_of("a", 1));
    co_await expect_claim(keys, first_key, event_of("b", 2), noon + 1s, key_state::reused, event_of("a", 1));
    co_await expect_claim(keys, first_key, event_of("b", 2), noon + 1h, key_state::reused, event_of("a", 1));
    co_await keys.settle(first_key);
    co_await expect_claim(keys, first_key, event_of("b", 2), noon + 1h, key_state::reused, event_of("a", 1));
}

SLUICE_TEST_CASE(who_claims_and_dies_is_followed_by_one_other_who_does_not_know_whether_it_was_sent)
{
    const auto here = new_stage();
    auto one = keys_of(*here), other = keys_of(*here);
    co_await expect_claim(one, first_key, event_of("a"), noon, key_state::ours, event_of("a"));
    co_await expect_claim(one, first_key, event_of("b"), noon + 5999ms, key_state::elsewhere, event_of("a"));
    co_await expect_claim(other, first_key, event_of("b"), noon + 6s, key_state::ours, event_of("a"), true);
    co_await expect_claim(one, first_key, event_of("c"), noon + 6s, key_state::elsewhere, event_of("a"));
}

SLUICE_TEST_CASE(a_claim_that_is_given_back_is_free_at_once_unless_it_was_another)
{
    const auto here = new_stage();
    auto keys = keys_of(*here);
    co_await expect_claim(keys, first_key, event_of("a"), noon, key_state::ours, event_of("a"));
    co_await keys.release(first_key, noon + 5s);
    co_await expect_claim(keys, first_key, event_of("b"), noon + 1s, key_state::elsewhere, event_of("a"));
    co_await keys.release(first_key, noon + 6s);
    co_await expect_claim(keys, first_key, event_of("b"), noon + 1s, key_state::ours, event_of("a"));
    co_await keys.settle(first_key);
    co_await keys.release(first_key, noon + 7s);
    co_await expect_claim(keys, first_key, event_of("c"), noon + 1s, key_state::placed, event_of("a"));
}

SLUICE_TEST_CASE(a_key_is_forgotten_after_a_day)
{
    const auto here = new_stage();
    auto keys = keys_of(*here);
    co_await expect_claim(keys, first_key, event_of("a"), noon, key_state::ours, event_of("a"));
    co_await keys.settle(first_key);
    co_await keys.forget(noon + 24h - 1ms);
    co_await expect_claim(keys, first_key, event_of("b"), noon + 24h - 1ms, key_state::placed, event_of("a"));
    co_await expect_claim(keys, first_key, event_of("c", 2), noon + 24h, key_state::ours, event_of("c", 2));
    co_await keys.forget(noon + 48h);
    co_await expect_claim(keys, first_key, event_of("d"), noon + 24h + 1s, key_state::ours, event_of("d"));
}

SLUICE_TEST_CASE(of_many_who_come_with_one_key_at_once_one_claims_it, 60s)
{
    const auto here = new_stage();
    std::vector<key_store> processes;
    for (int i = 0; i < 4; ++i) processes.push_back(keys_of(*here));
    int ours = 0, elsewhere = 0;
    std::set<std::string> events;
    const auto claim = [&](int number) -> awaitable<> {
        const auto got =
            co_await processes[number % 4].claim(first_key, event_of(std::to_string(number)), noon, noon + 6s);
        ++(got.state == key_state::ours ? ours : elsewhere);
        events.insert(got.event);
    };
    const auto all = [&](scope& beside) -> awaitable<> {
        for (int i = 0; i < 40; ++i) beside.spawn(claim(i));
        co_await beside.join();
    };
    co_await with_scope({}, all);
    BOOST_TEST(ours == 1);
    BOOST_TEST(elsewhere == 39);
    BOOST_TEST(events.size() == 1u);
}
