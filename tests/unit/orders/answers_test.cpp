#include "orders/answers.hpp"

#include "orders/inventory.hpp"
#include "orders/stock_store.hpp"
#include "sluice/store/sql.hpp"
#include "sluice/telemetry/metrics.hpp"
#include "sluice/testing/test_case.hpp"

using namespace sluice;
using namespace orders;

namespace {

// Fails at everything, as it is told.
class broken_database final : public store::sql_database {
public:
    explicit broken_database(errc why) : why_{why} {}
    awaitable<> open() override { return fail(); }

private:
    awaitable<> run(access, unit_of_work) override { return fail(); }
    awaitable<> fail()
    {
        throw failure{error{why_, "postgres://someone:secret@db"}};
        co_return;
    }

    errc why_;
};

http::request put_of(std::string body)
{
    return {.method = "PUT", .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

}  // namespace

SLUICE_TEST_CASE(a_store_that_cannot_be_reached_is_a_503_and_one_that_leaves_it_open_a_504)
{
    const struct {
        errc why;
        unsigned status;
        std::string_view type, retry_after;
    } table[]{
        {errc::unavailable, 503, "/problems/unavailable", "5"},
        {errc::timed_out, 503, "/problems/unavailable", "5"},
        {errc::overloaded, 503, "/problems/overloaded", "1"},
        {errc::outcome_unknown, 504, "/problems/outcome-unknown", ""},
    };
    metrics numbers;
    for (const auto& row : table) {
        stock_store stock{std::make_shared<broken_database>(row.why), numbers};
        const auto got = co_await with_store(put_stock(put_of(R"({"available":1})"), "apple", stock));
        BOOST_TEST(got.status == row.status);
        BOOST_TEST(got.header("Retry-After").value_or("") == row.retry_after);
        BOOST_TEST(got.body.find('"' + std::string{row.type} + '"') != std::string::npos, got.body);
        BOOST_TEST(got.body.find("secret") == std::string::npos);
    }
    stock_store corrupt{std::make_shared<broken_database>(errc::corrupt), numbers};
    bool thrown = false;
    try {
        co_await with_store(put_stock(put_of(R"({"available":1})"), "apple", corrupt));
    } catch (const failure&) {
        thrown = true;  // which the server answers 500
    }
    BOOST_TEST(thrown);
}

SLUICE_TEST_CASE(bad_stock_gets_its_problem_before_the_store_is_asked)
{
    metrics numbers;
    stock_store stock{std::make_shared<broken_database>(errc::fatal), numbers};
    auto form = put_of("available=1");
    form.headers.set("Content-Type", "application/x-www-form-urlencoded");
    const struct {
        http::request what;
        std::string sku;
        unsigned status;
        std::string_view type;
    } rows[]{
        {put_of(""), "apple", 400, "malformed-json"},
        {put_of("{}"), "apple", 400, "invalid-field"},
        {put_of(R"({"available":"1"})"), "apple", 400, "invalid-field"},
        {put_of(R"({"available":1.5})"), "apple", 400, "invalid-field"},
        {put_of(R"({"available":1,"available":2})"), "apple", 400, "invalid-field"},
        {put_of(R"({"available":-1})"), "apple", 422, "invalid-stock"},
        {put_of(R"({"available":1000000000001})"), "apple", 422, "invalid-stock"},
        {put_of(R"({"available":1})"), std::string(129, 'x'), 422, "invalid-stock"},
        {put_of(R"({"available":1})"), "a\nb", 422, "invalid-stock"},
        {form, "apple", 415, "unsupported-media-type"},
    };
    for (const auto& row : rows) {
        const auto got = co_await put_stock(row.what, row.sku, stock);
        BOOST_TEST(got.status == row.status, got.body);
        BOOST_TEST(got.body.find("\"/problems/" + std::string{row.type} + "\"") != std::string::npos, got.body);
    }
}
