// What checkout promises of an Idempotency-Key on every database.
#include "orders/checkout_stage.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/base/wait_queue.hpp"
#include "sluice/record/codec.hpp"
#include "sluice/testing/test_case.hpp"
#include "spans.hpp"
#include "store/stage.hpp"

#include <set>

using namespace sluice;
using namespace orders;
using namespace std::chrono_literals;

namespace {

const result<position> acknowledged = position{{"order.placed", 3}, 17, {}};
constexpr std::string_view good_body = R"({"items":[{"product_id":"SKU-001","quantity":2,"price":29.99}]})";
constexpr std::string_view spaced_body =
    R"({ "note": "faster, please", "items" : [ {"price":29.99, "quantity":2,
         "product_id":"SKU-001"} ] })";
constexpr std::string_view other_body = R"({"items":[{"product_id":"SKU-001","quantity":3,"price":29.99}]})";

http::request keyed(std::string_view body = good_body)
{
    http::request request;
    request.method = "POST";
    request.headers.add("X-Customer-ID", "c-1");
    request.headers.add("Idempotency-Key", "k-1");
    request.body = body;
    return request;
}

// Two checkout processes on one database, and what they have sent.
struct two_processes {
    std::unique_ptr<stage> where = new_stage();
    key_store first{where->connect(key_store::migrations())}, second{where->connect(key_store::migrations())};
};

// Says when it has done something, and hangs once it has done so much.
class told_database final : public store::sql_database {
public:
    explicit told_database(std::shared_ptr<store::sql_database> below, int answers = 1'000)
        : below_{std::move(below)},
          answers_{answers}
    {
    }
    awaitable<> open() override { return below_->open(); }

    wait_queue done, hangs;

private:
    awaitable<> run(access, unit_of_work work) override
    {
        if (answers_-- == 0) {
            hangs.wake_all();
            co_await never_.wait();
        }
        co_await below_->write(std::move(work));
        done.wake_all();
    }

    std::shared_ptr<store::sql_database> below_;
    int answers_;
    wait_queue never_;
};

// The limit of `asking` passes once `now` has come, however long that takes.
awaitable<http::response> at_its_limit(awaitable<http::response> asking, wait_queue& now, duration limit)
{
    http::response got;
    const auto ask = [&]() -> awaitable<> { got = co_await std::move(asking); };
    const auto both = [&](scope& beside) -> awaitable<> {
        beside.spawn(ask());
        co_await now.wait();
        clock::of(co_await asio::this_coro::executor).advance(limit);
    };
    co_await with_scope({}, both);
    co_return got;
}

std::string id_in(const outgoing& what)
{
    return from_json<order_placed>(what.value.value()).value().order_id;
}

}  // namespace

SLUICE_TEST_CASE(a_repeat_with_the_same_key_is_the_same_order_at_another_process_too)
{
    two_processes shop;
    scripted_sink log{acknowledged};
    const auto first = co_await place_order(keyed(), log, shop.first, 5s);
    const auto repeat = co_await place_order(keyed(), log, shop.second, 5s);
    const auto spaced = co_await place_order(keyed(spaced_body), log, shop.second, 5s);
    BOOST_TEST(first.status == 202u);
    for (const auto& one : {repeat, spaced}) {
        BOOST_TEST(one.status == 202u);
        BOOST_TEST(one.body == first.body);
        BOOST_TEST((one.header("Location") == first.header("Location")));
    }
    BOOST_TEST(log.sent.size() == 1u);
    BOOST_TEST(first.body == R"({"order_id":")" + id_in(log.sent.front()) + "\"}");
}

SLUICE_TEST_CASE(a_key_that_comes_with_another_order_is_422)
{
    two_processes shop;
    scripted_sink log{acknowledged};
    co_await place_order(keyed(), log, shop.first, 5s);
    const auto other = co_await place_order(keyed(other_body), log, shop.second, 5s);
    expect_problem(other, 422, "idempotency-key-reused");
    BOOST_TEST(log.sent.size() == 1u);
}

SLUICE_TEST_CASE(what_surely_was_not_sent_is_sent_by_the_next_with_the_key_byte_for_byte)
{
    auto& time = clock::of(co_await asio::this_coro::executor);
    time.make_manual();
    two_processes shop;
    const result<position> refused = error{errc::not_sent};
    scripted_sink away{refused}, log{acknowledged};
    const auto first = co_await place_order(keyed(), away, shop.first, 60s);
    expect_problem(first, 503, "unavailable");
    time.advance(2ms);  // a new event would say another time
    const auto next = co_await place_order(keyed(), log, shop.second, 60s);
    BOOST_TEST(next.status == 202u);
    BOOST_TEST(log.sent.at(0).value.value() == away.sent.at(0).value.value());
    BOOST_TEST((log.sent.at(0).headers == away.sent.at(0).headers));
}

SLUICE_TEST_CASE(what_surely_was_not_sent_is_told_so_although_the_store_hangs_when_it_is_to_know)
{
    clock::of(co_await asio::this_coro::executor).make_manual();
    two_processes shop;
    const auto told = std::make_shared<told_database>(shop.where->connect(key_store::migrations()), 1);
    key_store third{told};
    const result<position> refused = error{errc::not_sent};
    scripted_sink away{refused};
    const auto got = co_await at_its_limit(place_order(keyed(), away, third, 5s), told->hangs, 5s);
    expect_problem(got, 503, "unavailable");
}

SLUICE_TEST_CASE(what_nobody_knows_is_sent_again_under_the_same_id_byte_for_byte)
{
    clock::of(co_await asio::this_coro::executor).make_manual();
    two_processes shop;
    scripted_sink silent{std::nullopt}, log{acknowledged};
    const auto first = co_await at_its_limit(place_order(keyed(), silent, shop.first, 5s), silent.came, 5s);
    expect_problem(first, 504, "outcome-unknown");
    const auto next = co_await place_order(keyed(), log, shop.second, 5s);
    BOOST_TEST(next.status == 202u);
    BOOST_TEST(silent.sent.size() == 1u);
    BOOST_TEST(log.sent.at(0).value.value() == silent.sent.at(0).value.value());
    BOOST_TEST((log.sent.at(0).headers == silent.sent.at(0).headers));
}

SLUICE_TEST_CASE(who_dies_between_the_store_and_the_log_is_followed_by_whoever_waits)
{
    two_processes shop;
    scripted_sink log{acknowledged};
    const auto now = clock::of(co_await asio::this_coro::executor).wall();
    const std::vector<order_item> items{{"SKU-001", 2, money::of_minor(2'999)}};
    const auto event = to_json(order_placed{"the-dead-ones", "c-1", items, money::of_minor(5'998), now - 1h});
    const order_key which{"c-1", "k-1"};
    co_await shop.first.claim(which, event, now, now + 200ms);
    const auto got = co_await place_order(keyed(), log, shop.second, 20s);
    BOOST_TEST(got.status == 202u);
    BOOST_TEST(got.body == R"({"order_id":"the-dead-ones"})");
    BOOST_REQUIRE(log.sent.size() == 1u);
    BOOST_TEST(log.sent.front().value.value() == event);
}

SLUICE_TEST_CASE(who_follows_an_unknown_end_does_not_say_that_nothing_was_placed)
{
    two_processes shop;
    const result<position> refused = error{errc::not_sent};
    scripted_sink away{refused};
    const auto now = clock::of(co_await asio::this_coro::executor).wall();
    const std::vector<order_item> items{{"SKU-001", 2, money::of_minor(2'999)}};
    const auto event = to_json(order_placed{"the-dead-ones", "c-1", items, money::of_minor(5'998), now});
    const order_key which{"c-1", "k-1"};
    co_await shop.first.claim(which, event, now - 1min, now - 50s);
    const auto got = co_await place_order(keyed(), away, shop.second, 5s);
    expect_problem(got, 504, "outcome-unknown");
    BOOST_TEST(away.sent.size() == 1u);
}

SLUICE_TEST_CASE(who_waits_for_another_that_does_not_end_is_told_so_at_the_limit)
{
    auto& time = clock::of(co_await asio::this_coro::executor);
    time.make_manual();
    two_processes shop;
    const auto told = std::make_shared<told_database>(shop.where->connect(key_store::migrations()));
    key_store third{told};
    scripted_sink log{acknowledged};
    const auto now = time.wall();
    const std::vector<order_item> items{{"SKU-001", 2, money::of_minor(2'999)}};
    const auto event = to_json(order_placed{"another", "c-1", items, money::of_minor(5'998), now});
    const order_key which{"c-1", "k-1"};
    co_await shop.first.claim(which, event, now, now + 1h);
    const auto got = co_await at_its_limit(place_order(keyed(), log, third, 5s), told->done, 5s);
    expect_problem(got, 504, "outcome-unknown");
    BOOST_TEST(log.sent.empty());
}

SLUICE_TEST_CASE(of_many_requests_with_one_key_at_two_processes_one_sends_and_all_answer_alike, 60s)
{
    // As an acknowledgement that takes its time.
    class slow_sink final : public sink {
    public:
        awaitable<result<position>> send(outgoing what) override
        {
            sent.push_back(std::move(what));
            co_await work_for(100ms);
            co_return acknowledged;
        }
        awaitable<std::vector<result<position>>> send_all(std::vector<outgoing>) override
        {
            throw std::logic_error{"not used"};
        }
        [[nodiscard]] std::optional<std::int32_t> partitions_of(std::string_view) const override
        {
            return std::nullopt;
        }
        std::vector<outgoing> sent;
    };
    two_processes shop;
    slow_sink log;
    std::set<std::string> bodies;
    int placed = 0;
    const auto ask = [&](int number) -> awaitable<> {
        const auto got = co_await place_order(keyed(), log, number % 2 ? shop.first : shop.second, 30s);
        placed += got.status == 202;
        bodies.insert(got.body);
    };
    const auto all = [&](scope& beside) -> awaitable<> {
        for (int i = 0; i < 20; ++i) beside.spawn(ask(i));
        co_await beside.join();
    };
    co_await with_scope({}, all);
    BOOST_TEST(placed == 20);
    BOOST_TEST(bodies.size() == 1u);
    BOOST_TEST(log.sent.size() == 1u);
}
