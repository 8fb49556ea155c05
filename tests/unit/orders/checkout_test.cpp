#include "orders/checkout_stage.hpp"
#include "sluice/record/codec.hpp"
#include "sluice/record/record_id.hpp"
#include "sluice/testing/test_case.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

// Requests without a key touch no store.
awaitable<http::response> place(http::request request, sink& to, duration limit)
{
    orders::key_store keys{std::make_shared<failing_database>()};
    co_return co_await orders::place_order(std::move(request), to, keys, limit);
}

}  // namespace

SLUICE_VIRTUAL_TEST_CASE(an_accepted_order_is_in_the_log_under_the_id_that_is_answered)
{
    const result<position> acknowledged = position{{"order.placed", 3}, 17, {}};
    scripted_sink log{acknowledged};
    const auto got = co_await place(good_request(), log, 5s);
    BOOST_TEST(got.status == 202u);
    BOOST_REQUIRE(log.sent.size() == 1u);
    const auto& record = log.sent.front();
    BOOST_TEST(record.topic == "order.placed");
    BOOST_TEST((record.key == "c-1"));
    const auto order = from_json<orders::order_placed>(record.value.value()).value();
    BOOST_TEST(got.body == R"({"order_id":")" + order.order_id + "\"}");
    BOOST_TEST(got.header("Location").value_or("") == "/orders/" + order.order_id);
    BOOST_TEST(order.customer_id == "c-1");
    BOOST_TEST((order.total == money::of_minor(5998)));
    BOOST_TEST((order.created_at == clock::of(co_await asio::this_coro::executor).wall()));
    const headers with_id{{"sluice-id", order.order_id}};
    BOOST_TEST((record.headers == with_id));
    BOOST_TEST(record.value->starts_with(R"({"order_id":")" + order.order_id +
                                         R"(","customer_id":"c-1","items":[{"product_id":"SKU-001","quantity":2,)"
                                         R"("price":29.99}],"total":59.98,"created_at":")"),
               *record.value);
}

SLUICE_VIRTUAL_TEST_CASE(without_a_key_each_request_is_an_order_of_its_own)
{
    const result<position> acknowledged = position{{"order.placed", 3}, 17, {}};
    scripted_sink log{acknowledged};
    const auto first = co_await place(good_request(), log, 5s);
    const auto second = co_await place(good_request(), log, 5s);
    BOOST_TEST(first.status == 202u);
    BOOST_TEST(second.body != first.body);
    BOOST_TEST(log.sent.size() == 2u);
}

SLUICE_VIRTUAL_TEST_CASE(an_order_whose_key_cannot_be_stored_is_503_and_surely_not_sent)
{
    const result<position> acknowledged = position{{"order.placed", 3}, 17, {}};
    scripted_sink log{acknowledged};
    for (const auto code : {errc::unavailable, errc::timed_out, errc::outcome_unknown, errc::overloaded}) {
        orders::key_store keys{std::make_shared<failing_database>(code)};
        auto request = good_request();
        request.headers.add("Idempotency-Key", "k-1");
        const auto got = co_await orders::place_order(std::move(request), log, keys, 5s);
        expect_problem(got, 503, code == errc::overloaded ? "overloaded" : "unavailable");
        BOOST_TEST(got.header("Retry-After").has_value());
    }
    BOOST_TEST(log.sent.empty());
}

SLUICE_VIRTUAL_TEST_CASE(an_order_stays_in_the_trace_of_its_request_unless_that_is_malformed)
{
    const result<position> acknowledged = position{{"order.placed", 3}, 17, {}};
    const std::string parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const auto headers_for = [&](std::string asked) -> awaitable<std::vector<std::string>> {
        scripted_sink log{acknowledged};
        auto request = good_request();
        request.headers.add("traceparent", std::move(asked));
        request.headers.add("tracestate", "shop=1");
        co_await place(std::move(request), log, 5s);
        std::vector<std::string> passed;
        for (const auto& [name, value] : log.sent.front().headers)
            if (name != "sluice-id") passed.push_back(name + '=' + value.value_or(""));
        co_return passed;
    };
    const auto passed = co_await headers_for(parent);
    const std::vector<std::string> expected{"traceparent=" + parent, "tracestate=shop=1"};
    BOOST_TEST(passed == expected, boost::test_tools::per_element());
    const auto none = co_await headers_for("00-XYZ-1-01");
    BOOST_TEST(none.empty());
    const auto longer = co_await headers_for(parent + "-more");
    BOOST_TEST(longer.empty());
}

SLUICE_VIRTUAL_TEST_CASE(a_bad_order_sends_nothing)
{
    scripted_sink log{std::nullopt};
    auto request = good_request();
    request.body = "{";
    const auto got = co_await place(std::move(request), log, 5s);
    expect_problem(got, 400, "malformed-json");
    BOOST_TEST(log.sent.empty());
}

SLUICE_VIRTUAL_TEST_CASE(what_is_surely_not_in_the_log_is_503_with_retry_after)
{
    struct row {
        errc code;
        std::string_view type;
    };
    const row rows[] = {{errc::not_sent, "unavailable"},
                        {errc::unavailable, "unavailable"},
                        {errc::closed, "unavailable"},
                        {errc::overloaded, "overloaded"}};
    for (const auto& [code, type] : rows) {
        const result<position> refused = error{code};
        scripted_sink log{refused};
        const auto got = co_await place(good_request(), log, 5s);
        expect_problem(got, 503, type);
        BOOST_TEST(got.header("Retry-After").has_value());
    }
}

SLUICE_VIRTUAL_TEST_CASE(what_nobody_knows_is_504)
{
    const result<position> unknown = error{errc::outcome_unknown};
    scripted_sink log{unknown};
    const auto got = co_await place(good_request(), log, 5s);
    expect_problem(got, 504, "outcome-unknown");
    BOOST_TEST(!got.header("Retry-After"));
}

SLUICE_VIRTUAL_TEST_CASE(a_broker_that_never_answers_is_waited_for_until_the_limit)
{
    scripted_sink silent{std::nullopt};
    const auto& time = clock::of(co_await asio::this_coro::executor);
    const auto start = time.now();
    const auto got = co_await place(good_request(), silent, 5s);
    expect_problem(got, 504, "outcome-unknown");
    BOOST_TEST((time.now() - start == 5s));
}
