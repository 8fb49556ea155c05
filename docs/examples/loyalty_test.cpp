#include "loyalty.hpp"

#include <sluice/testing/test_case.hpp>

SLUICE_TEST_CASE(a_payment_earns_a_point_for_each_whole_unit)
{
    const auto from = record::make({captured_payments.name(), 0}, 0, "ada", "{}");
    const logger quiet;
    context about{from, 1, {}, quiet};
    const payment_captured paid{"o-1", "ada", {}, money::of_minor(1999), "p-1", {}};
    const auto answer = co_await earn(paid, about);
    BOOST_TEST(answer.records().at(0).value.value() == R"({"customer_id":"ada","order_id":"o-1","earned":19})");
}
