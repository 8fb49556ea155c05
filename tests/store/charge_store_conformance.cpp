// What a simulated provider must do, on each database that there is.
#include "orders/charge_store.hpp"
#include "orders/payment_provider.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/testing/test_case.hpp"
#include "store/stage.hpp"

#include <algorithm>

using namespace sluice;
using namespace orders;

namespace {

struct provider {
    std::unique_ptr<stage> where = new_stage();
    charge_store charges{where->connect(charge_store::migrations())};
    provider_manners manners = {};
    std::mt19937_64 random{std::random_device{}()};

    awaitable<http::response> post(http::request what)
    {
        return post_charge(std::move(what), manners, charges, random);
    }
};

http::request charge_of(const std::string& order, const std::string& amount = "59.98")
{
    http::request what{.method = "POST", .target = "/charges"};
    what.headers.add("Content-Type", "application/json");
    what.headers.add("Idempotency-Key", order);
    what.body = R"({"order_id":")" + order + R"(","customer_id":"c-1","amount":)" + amount + "}";
    return what;
}

charge charge_in(const http::response& answer)
{
    return from_json<charge>(answer.body).value();
}

}  // namespace

SLUICE_TEST_CASE(a_repeat_gets_the_same_answer_and_charges_nothing)
{
    provider here;
    const auto first = co_await here.post(charge_of("o-1"));
    BOOST_TEST(first.status == 201u, first.body);
    BOOST_TEST((charge_in(first).status == charge_status::captured));
    BOOST_TEST((charge_in(first).amount == money::of_minor(5998)));
    const auto again = co_await here.post(charge_of("o-1"));
    BOOST_TEST(again.status == 200u);
    BOOST_TEST(again.body == first.body);
    const auto other = co_await here.post(charge_of("o-2", "0.02"));
    BOOST_TEST(charge_in(other).payment_id.value() != charge_in(first).payment_id.value());
    const auto totals = co_await here.charges.totals();
    BOOST_TEST(to_json(totals) == R"({"captured":2,"declined":0,"captured_sum":60.00})");
}

SLUICE_TEST_CASE(a_charge_whose_answer_is_lost_is_not_charged_again)
{
    provider here;
    here.manners.failures = 1;
    unsigned busy = 0, lost = 0;
    for (int n = 0; n < 50; ++n) {
        const auto order = "o-" + std::to_string(n);
        const auto failed = co_await here.post(charge_of(order));
        const auto kept = co_await here.charges.find(order);
        BOOST_TEST((failed.status == 503 || failed.status == 0));
        BOOST_TEST(kept.has_value() == (failed.status == 0));
        ++(kept ? lost : busy);
        here.manners.failures = 0;
        const auto again = co_await here.post(charge_of(order));
        BOOST_TEST(again.status == (kept ? 200u : 201u));
        if (kept) BOOST_TEST(again.body == to_json(*kept));
        here.manners.failures = 1;
    }
    BOOST_TEST(busy > 0u);
    BOOST_TEST(lost > 0u);
    const auto totals = co_await here.charges.totals();
    BOOST_TEST(totals.captured == 50);
    BOOST_TEST((totals.captured_sum == money::of_minor(50 * 5998)));
}

SLUICE_TEST_CASE(what_is_declined_stays_so_and_is_no_money)
{
    provider here;
    here.manners.declines = 1;
    const auto first = co_await here.post(charge_of("o-1"));
    BOOST_TEST(first.status == 402u);
    BOOST_TEST(charge_in(first).reason.value() == "insufficient_funds");
    here.manners.declines = 0;
    const auto again = co_await here.post(charge_of("o-1"));
    BOOST_TEST(again.status == 402u);
    BOOST_TEST(again.body == first.body);
    BOOST_TEST(to_json(co_await here.charges.totals()) == R"({"captured":0,"declined":1,"captured_sum":0.00})");
}

SLUICE_TEST_CASE(charges_that_make_no_sense_get_their_problem_and_charge_nothing)
{
    provider here;
    co_await here.post(charge_of("taken"));
    const auto with = [](const char* name, const char* value) {
        auto what = charge_of("o-1");
        what.headers.erase(name);
        if (value) what.headers.add(name, value);
        return what;
    };
    auto twice = charge_of("o-1");
    twice.headers.add("Idempotency-Key", "o-1");
    auto not_json = charge_of("o-1");
    not_json.body = "{";
    auto someone_else = charge_of("taken");
    someone_else.body = R"({"order_id":"taken","customer_id":"c-2","amount":59.98})";
    const struct {
        http::request what;
        unsigned status;
        std::string_view type;
    } rows[]{
        {with("Idempotency-Key", nullptr), 400, "invalid-header"},
        {twice, 400, "invalid-header"},
        {with("Idempotency-Key", "o-2"), 422, "invalid-charge"},
        {with("Content-Type", "text/plain"), 415, "unsupported-media-type"},
        {not_json, 400, "malformed-json"},
        {charge_of("o-1", "1.234"), 400, "invalid-field"},
        {charge_of("o-1", "-1"), 422, "invalid-charge"},
        {charge_of(std::string(129, 'x')), 422, "invalid-charge"},
        {charge_of("taken", "59.99"), 422, "idempotency-key-reused"},
        {someone_else, 422, "idempotency-key-reused"},
    };
    for (const auto& row : rows) {
        const auto got = co_await here.post(row.what);
        BOOST_TEST(got.status == row.status, got.body);
        BOOST_TEST(got.body.find("\"/problems/" + std::string{row.type} + "\"") != std::string::npos, got.body);
    }
    BOOST_TEST((co_await here.charges.totals()).captured == 1);
}

SLUICE_TEST_CASE(one_order_at_two_processes_at_once_is_one_charge)
{
    provider here;
    charge_store elsewhere{here.where->connect(charge_store::migrations())};
    std::vector<http::response> answers;
    const auto ask = [&](charge_store& at) -> awaitable<> {
        auto got = co_await post_charge(charge_of("o-1"), here.manners, at, here.random);
        answers.push_back(std::move(got));
    };
    const auto crowd = [&](scope& all) -> awaitable<> {
        for (int n = 0; n < 20; ++n) all.spawn(ask(n % 2 == 0 ? here.charges : elsewhere));
        co_return;
    };
    co_await with_scope({}, crowd);
    BOOST_TEST(answers.size() == 20u);
    BOOST_TEST(std::ranges::count(answers, 201u, &http::response::status) == 1);
    for (const auto& each : answers) BOOST_TEST(each.body == answers.front().body);
    BOOST_TEST((co_await elsewhere.totals()).captured == 1);
}
