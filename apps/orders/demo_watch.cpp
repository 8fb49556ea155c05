#include "orders/demo_watch.hpp"

#include "orders/events.hpp"
#include "sluice/process/demo.hpp"
#include "sluice/record/record_id.hpp"

namespace orders {

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr auto dead_letters = "order.placed.inventory-service.dlt";

kafka::consumer_settings everything(const std::string& group)
{
    return {.group = group,
            .topics = {orders_placed.name(), inventory_reserved.name(), inventory_rejected.name(),
                       inventory_released.name(), captured_payments.name(), declined_payments.name(),
                       sent_emails.name(), dead_letters}};
}

}  // namespace

demo_watch::demo_watch(demo& self, offload& blocking, sink& out, demo_tally& tally)
    : time_{clock::of(self.executor)},
      tally_{tally},
      source_{self.executor, self.kafka, everything("demo-" + record_id::random().text()), blocking, self.log},
      flow_{source_,
            out,
            {.group = "demo"},
            {.log = self.log, .numbers = self.numbers, .time = time_, .stop = ended_.token()}}
{
}

awaitable<> demo_watch::run()
{
    const auto handler = [this](const record& what, context&) -> awaitable<reply> {
        note(what);
        co_return reply{};
    };
    co_await flow_.run(handler);
}

awaitable<> demo_watch::ready(cancellation_token stop)
{
    const auto limit = time_.now() + 20s;
    while (flow_.totals().partitions == 0 && time_.now() < limit && !stop.cancelled()) co_await sleep_for(20ms);
}

void demo_watch::note(const record& what)
{
    const auto now = time_.now();
    const auto topic = what.topic();
    const auto see = [&]<class T>(const sluice::topic<T>& of, step reached) {
        if (topic == of.name()) tally_.see(payload_of<T>(what).order_id, reached, now);
    };
    if (topic == dead_letters) return tally_.see(record_id::of(what).text(), step::dead_lettered, now);
    if (topic == orders_placed.name()) {
        // Among them is what nobody can decode.
        if (const auto order = from_json<order_placed>(what.value().value_or("")))
            tally_.see(order->order_id, step::placed, now);
        return;
    }
    see(inventory_reserved, step::reserved);
    see(inventory_rejected, step::rejected);
    see(inventory_released, step::released);
    see(captured_payments, step::paid);
    see(declined_payments, step::declined);
    see(sent_emails, step::emailed);
    if (topic != captured_payments.name()) return;
    const auto paid = payload_of<payment_captured>(what);
    std::int64_t units = 0;
    for (const auto& item : paid.items) units += item.quantity;
    tally_.capture(paid.order_id, paid.total, units);
}

}  // namespace orders
