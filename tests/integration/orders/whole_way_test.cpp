#include "order_system.hpp"
#include "sluice/testing/test_case.hpp"

using namespace sluice;
using namespace orders;
using namespace std::chrono_literals;

namespace {

http::header_fields customer(std::string_view id)
{
    return {{"Content-Type", "application/json"}, {"X-Customer-ID", id}};
}

std::string body_of(std::string_view sku, int quantity)
{
    return R"({"items":[{"product_id":")" + std::string{sku} + R"(","quantity":)" + std::to_string(quantity) +
           R"(,"price":29.99}]})";
}

struct answer {
    std::string order_id;
};
BOOST_DESCRIBE_STRUCT(answer, (), (order_id))

awaitable<std::string> order(order_system& system, std::string who, std::string body)
{
    auto headers = customer(who);
    const auto got = (co_await system.checkout->post("/checkout", std::move(body), std::move(headers))).value();
    BOOST_TEST_REQUIRE(got.status == 202u, got.body);
    co_return from_json<answer>(got.body).value().order_id;
}

std::string stock_line(std::string_view sku, int available, int reserved)
{
    return R"({"sku":")" + std::string{sku} + R"(","available":)" + std::to_string(available) + R"(,"reserved":)" +
           std::to_string(reserved) + "}";
}

}  // namespace

SLUICE_TEST_CASE(an_order_goes_from_its_post_to_reserved_stock)
{
    order_system system{co_await asio::this_coro::executor};
    const auto body = [&]() -> awaitable<> {
        const auto fits = co_await order(system, "c-1", body_of("apple", 7));
        const auto* const reserved = co_await system.read("inventory.reserved", 1);
        BOOST_TEST((reserved->front().key() == "c-1"));
        const auto event = payload_of<stock_reserved>(reserved->front());
        BOOST_TEST(event.order_id == fits);
        BOOST_TEST((event.total == money::of_minor(7 * 2999)));

        const auto too_large = co_await order(system, "c-1", body_of("apple", 4));
        const auto* const rejected = co_await system.read("inventory.rejected", 1);
        BOOST_TEST(payload_of<stock_rejected>(rejected->front()).order_id == too_large);

        const auto level = (co_await system.inventory->get("/stock/apple")).value();
        BOOST_TEST(level.status == 200u);
        BOOST_TEST(level.body == stock_line("apple", 3, 7));
        const auto unknown = (co_await system.inventory->get("/stock/plum")).value();
        BOOST_TEST(unknown.status == 404u);
    };
    co_await system.run(body);
}

SLUICE_TEST_CASE(a_record_that_nobody_can_decode_is_dead_lettered_as_it_was_and_its_partition_goes_on)
{
    order_system system{co_await asio::this_coro::executor};
    const std::string garbage{"{\"order_id\":\xff\0}", 14};
    const auto body = [&]() -> awaitable<> {
        std::vector<outgoing> records(1);
        records[0].topic = "order.placed";
        records[0].key = "c-1";
        records[0].value = garbage;
        records[0].headers = {{"trace", "kept"}, {"empty", std::nullopt}};
        co_await system.cluster.send(std::move(records));
        const auto after = co_await order(system, "c-1", body_of("apple", 1));

        const auto* const all_dead = co_await system.read(order_system::dead_letters, 1);
        const auto& dead = all_dead->front();
        BOOST_TEST((dead.value() == garbage));
        BOOST_TEST((dead.key() == "c-1"));
        BOOST_TEST((dead.header("trace") == "kept"));
        BOOST_TEST((dead.header("sluice-error-class") == "decode"));
        BOOST_TEST((dead.header("kafka_dlt-original-topic") == "order.placed"));
        const auto* const reserved = co_await system.read("inventory.reserved", 1);
        BOOST_TEST(payload_of<stock_reserved>(reserved->front()).order_id == after);
    };
    co_await system.run(body);
}

SLUICE_TEST_CASE(bad_requests_get_their_problem_and_send_nothing)
{
    struct row {
        std::string what;
        std::string body;
        unsigned status;
        std::string_view type;
        http::header_fields headers = customer("c-1");
    };
    const http::header_fields nobody{{"Content-Type", "application/json"}};
    const http::header_fields form{{"Content-Type", "text/plain"}, {"X-Customer-ID", "c-1"}};
    std::vector<row> rows;
    rows.push_back({"nothing", "", 400, "malformed-json"});
    rows.push_back({"no JSON", "{\"items\":[}", 400, "malformed-json"});
    rows.push_back({"a NUL", std::string{"\0", 1}, 400, "malformed-json"});
    rows.push_back({"not UTF-8", body_of("\xff", 1), 400, "malformed-json"});
    rows.push_back({"deep nesting", std::string(100'000, '['), 400, "invalid-field"});
    rows.push_back({"deep nesting in a field", "{\"x\":" + std::string(100'000, '['), 400, "json-too-deep"});
    rows.push_back({"10 MB", std::string(10'000'000, ' '), 413, "body-too-large"});
    rows.push_back({"a key twice", R"({"items":[],"items":[]})", 400, "invalid-field"});
    rows.push_back({"a wrong type", R"({"items":"apple"})", 400, "invalid-field"});
    rows.push_back({"no item", R"({"items":[]})", 422, "invalid-order"});
    rows.push_back({"too many of one", body_of("apple", 1'001), 422, "invalid-order"});
    rows.push_back({"no customer", body_of("apple", 1), 400, "invalid-header", nobody});
    rows.push_back({"no JSON type", body_of("apple", 1), 415, "unsupported-media-type", form});

    order_system system{co_await asio::this_coro::executor};
    const auto body = [&]() -> awaitable<> {
        for (const auto& row : rows) {
            BOOST_TEST_CONTEXT(row.what)
            {
                const auto got = (co_await system.checkout->post("/checkout", row.body, row.headers)).value();
                BOOST_TEST(got.status == row.status);
                BOOST_TEST(got.header("Content-Type").value_or("") == "application/problem+json");
                BOOST_TEST(got.body.find("\"/problems/" + std::string{row.type} + "\"") != std::string::npos, got.body);
            }
        }
        const auto wrong_method = (co_await system.checkout->get("/checkout")).value();
        BOOST_TEST(wrong_method.status == 405u);
        BOOST_TEST((co_await system.size("order.placed")) == 0);
        co_await order(system, "c-1", body_of("apple", 1));
        BOOST_TEST((co_await system.size("order.placed")) == 1);
    };
    co_await system.run(body);
}

SLUICE_TEST_CASE(a_broker_that_is_away_is_503_or_504_and_orders_go_on_when_it_is_back, 60s)
{
    const order_system::flags impatient{{"send.timeout", "1s"}};
    order_system system{co_await asio::this_coro::executor, impatient};
    const auto body = [&]() -> awaitable<> {
        co_await order(system, "c-1", body_of("pear", 1));
        system.cluster.broker.down();
        const auto refused = (co_await system.checkout->post("/checkout", body_of("pear", 1), customer("c-1"))).value();
        BOOST_TEST((refused.status == 503u || refused.status == 504u), refused.body);
        BOOST_TEST(refused.header("Retry-After").has_value() == (refused.status == 503u));
        system.cluster.broker.up();
        // 503 says that nothing was placed, so placing it again is right until it works.
        for (;;) {
            const auto again =
                (co_await system.checkout->post("/checkout", body_of("pear", 1), customer("c-1"))).value();
            if (again.status == 202) break;
            BOOST_TEST_REQUIRE(again.status == 503u, again.body);
        }
        const auto after = co_await order(system, "c-1", body_of("pear", 2));
        std::string last;
        for (std::size_t count = 3; last != after; ++count) {
            const auto* const reserved = co_await system.read("inventory.reserved", count);
            last = payload_of<stock_reserved>(reserved->back()).order_id;
        }
    };
    co_await system.run(body);
}
