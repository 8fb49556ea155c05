#include "orders/order_status.hpp"

#include "sluice/flow/origin.hpp"
#include "sluice/process/role.hpp"

namespace orders {

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr auto group = "order-status";

// When a record was written first, wherever it has been since.
timestamp logged_at(const record& what)
{
    return origin_of(what, group).time.value_or(what.time());
}

template <class T>
auto noted_in(status_store& statuses)
{
    return [&statuses](std::span<const T> events, batch_context& about) {
        std::vector<order_status> seen;
        for (std::size_t i = 0; i < events.size(); ++i) seen.push_back(told_by(events[i], logged_at(about.record(i))));
        about.stage("waiting for the database");
        return statuses.note(std::move(seen));
    };
}

}  // namespace

order_status told_by(const order_placed& event, timestamp)
{
    return {event.order_id, event.customer_id, event.total, {.placed = event.created_at}};
}

order_status told_by(const stock_reserved& event, timestamp logged)
{
    return {event.order_id, event.customer_id, event.total, {.reserved = logged}};
}

order_status told_by(const stock_rejected& event, timestamp logged)
{
    return {event.order_id, event.customer_id, {}, {.rejected = logged}};
}

order_status told_by(const stock_released& event, timestamp logged)
{
    return {event.order_id, event.customer_id, {}, {.released = logged}};
}

order_status told_by(const payment_captured& event, timestamp)
{
    return {event.order_id, event.customer_id, event.total, {.paid = event.captured_at}};
}

order_status told_by(const payment_declined& event, timestamp)
{
    return {event.order_id, event.customer_id, event.total, {.declined = event.declined_at}};
}

order_status told_by(const email_sent& event, timestamp)
{
    return {event.order_id, event.customer_id, {}, {.emailed = event.sent_at}};
}

awaitable<> follow_orders(role& self)
{
    status_store statuses{self.database("order-status", status_store::migrations())};
    auto all = self.flows({.group = group, .breaker = breaker_settings{}, .batch = {.records = 500}})
                   .retry({.attempts = 5, .first_delay = 200ms, .max_delay = 30s})
                   .dead_letter();
    all.on_batch(orders_placed, noted_in<order_placed>(statuses))
        .on_batch(inventory_reserved, noted_in<stock_reserved>(statuses))
        .on_batch(inventory_rejected, noted_in<stock_rejected>(statuses))
        .on_batch(inventory_released, noted_in<stock_released>(statuses))
        .on_batch(captured_payments, noted_in<payment_captured>(statuses))
        .on_batch(declined_payments, noted_in<payment_declined>(statuses))
        .on_batch(sent_emails, noted_in<email_sent>(statuses));
    co_await all.run();
}

}  // namespace orders
