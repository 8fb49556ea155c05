#include "orders/events.hpp"

#include <boost/test/unit_test.hpp>

using namespace orders;

namespace {

constexpr sluice::timestamp noon{std::chrono::milliseconds{1'772'366'400'250}};  // 2026-03-01T12:00:00.25Z
const std::vector<order_item> items{{"SKU-001", 2, sluice::money::of_minor(2'999)},
                                    {"SKU-\"ß\"", 1, sluice::money::of_minor(10)}};
const auto total = sluice::money::of_minor(6'008);
constexpr std::string_view items_json = R"([{"product_id":"SKU-001","quantity":2,"price":29.99},)"
                                        R"({"product_id":"SKU-\"ß\"","quantity":1,"price":0.10}])";

// The record that is sent for `what`, to which the documented JSON belongs; and the same read again.
template <class T>
void goes_as(const sluice::topic<T>& to, const std::type_identity_t<T>& what, std::string name, std::string documented)
{
    const auto made = to.make(what);
    BOOST_TEST(made.topic == name);
    BOOST_TEST(made.key.value() == "c-1");
    BOOST_TEST(made.value.value() == documented);
    BOOST_TEST(to.partitions() == 12);
    const auto read = sluice::from_json<T>(documented);
    BOOST_REQUIRE_MESSAGE(read.has_value(), read.error().message());
    BOOST_TEST(sluice::to_json(*read) == documented);
}

std::string with_items(std::string_view rest)
{
    return R"({"order_id":"o-1","customer_id":"c-1","items":)" + std::string{items_json} + std::string{rest} + "}";
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_placed_order_travels_as_documented)
{
    goes_as(orders_placed, {"o-1", "c-1", items, total, noon}, "order.placed",
            with_items(R"(,"total":60.08,"created_at":"2026-03-01T12:00:00.250Z")"));
}

BOOST_AUTO_TEST_CASE(what_inventory_says_travels_as_documented)
{
    goes_as(inventory_reserved, {"o-1", "c-1", items, total}, "inventory.reserved", with_items(R"(,"total":60.08)"));
    goes_as(inventory_rejected, {"o-1", "c-1", rejection::insufficient_stock, {{"SKU-001", 2, 1}}},
            "inventory.rejected",
            R"({"order_id":"o-1","customer_id":"c-1","reason":"insufficient_stock",)"
            R"("items":[{"product_id":"SKU-001","requested":2,"available":1}]})");
    goes_as(inventory_released, {"o-1", "c-1", items}, "inventory.released", with_items(""));
}

BOOST_AUTO_TEST_CASE(what_payment_says_travels_as_documented)
{
    goes_as(captured_payments, {"o-1", "c-1", items, total, "p-7", noon}, "payment.captured",
            with_items(R"(,"total":60.08,"payment_id":"p-7","captured_at":"2026-03-01T12:00:00.250Z")"));
    goes_as(declined_payments, {"o-1", "c-1", items, total, "insufficient_funds", noon}, "payment.declined",
            with_items(R"(,"total":60.08,"reason":"insufficient_funds","declined_at":"2026-03-01T12:00:00.250Z")"));
}

BOOST_AUTO_TEST_CASE(a_sent_email_travels_as_documented)
{
    goes_as(sent_emails, {"o-1", "c-1", "<o-1@shop.example>", noon}, "email.sent",
            R"({"order_id":"o-1","customer_id":"c-1","message_id":"<o-1@shop.example>",)"
            R"("sent_at":"2026-03-01T12:00:00.250Z"})");
}
