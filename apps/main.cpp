#include "sluice/process/main.hpp"
#include "orders/checkout.hpp"
#include "orders/demo.hpp"
#include "orders/durations.hpp"
#include "orders/email.hpp"
#include "orders/events.hpp"
#include "orders/inventory.hpp"
#include "orders/order_analytics.hpp"
#include "orders/order_status.hpp"
#include "orders/payment.hpp"
#include "orders/payment_provider.hpp"

#include <algorithm>
#include <iterator>

using namespace sluice;

// The map: every role of the binary, what it reads, writes and serves.
int main(int argc, char** argv)
{
    const role_entry roles[] = {
        {"checkout", orders::checkout, "Takes orders over HTTP and puts them in the log",
         serves{8080, {"POST /checkout", "GET /orders/{id}"}}, writes{orders::orders_placed}},
        {"order-status", orders::follow_orders, "Notes where each order stands",
         reads{orders::orders_placed, orders::inventory_reserved, orders::inventory_rejected,
               orders::inventory_released, orders::captured_payments, orders::declined_payments, orders::sent_emails}},
        {"inventory", orders::inventory, "Reserves the stock for each order, and releases what is not paid",
         reads{"inventory-service", {orders::orders_placed, orders::declined_payments}},
         writes{orders::inventory_reserved, orders::inventory_rejected, orders::inventory_released},
         serves{8084, {"GET /stock/{sku}", "PUT /stock/{sku}"}}},
        {"payment", orders::payment, "Has each reserved order paid by a payment provider",
         reads{"payment-service", {orders::inventory_reserved}},
         writes{orders::captured_payments, orders::declined_payments}},
        {"payment-provider", orders::payment_provider, "Simulates a payment provider",
         serves{8085, {"POST /charges", "GET /charges", "GET /charges/{order_id}"}}},
        {"email", orders::email, "Sends the confirmation of each order, once",
         reads{"email-service", {orders::orders_placed}}, writes{orders::sent_emails}},
        {"order-analytics", orders::order_analytics, "Adds up what was captured, and shows it",
         reads{"order-analytics", {orders::captured_payments}},
         serves{8086, {"GET /", "GET /assets/{file}", "GET /analytics/orders"}}},
    };
    std::vector<setting_declaration> known{
        {"checkout.timeout", "10s",
         "how long POST /checkout waits at most; 3/5 of it more than send.timeout, to tell 503 from 504",
         setting_declaration::kind::value, orders::is_some_time},
        {"inventory.stock", "SKU-001..SKU-100=10000", "what the warehouse holds when it is first opened",
         setting_declaration::kind::value, orders::check_stock}};
    for (const auto& more : {orders::payment_settings(), orders::provider_settings(), orders::email_settings(),
                             orders::analytics_settings()})
        std::ranges::copy(more, std::back_inserter(known));
    const program apps{
        .name = "sluice-apps",
        .roles = roles,
        .demo = orders::run_demo,
        .settings = std::move(known),
        .version = SLUICE_VERSION,
    };
    return sluice::main(argc, argv, apps);
}
