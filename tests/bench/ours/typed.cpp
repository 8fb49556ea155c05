// Orders of the shop, decoded into their struct.
#include "reading.hpp"
#include "works.hpp"

#include "orders/events.hpp"

#include <spdlog/fmt/fmt.h>

namespace sluice::bench {

std::string consume_typed(const given& options)
{
    reading all{options};
    const topic orders{options.text("topic"), &orders::order_placed::customer_id};
    const auto handle = [&all](orders::order_placed order, context&) -> awaitable<reply> {
        all.begin(1);
        all.add(order.items.size());
        all.end(1);
        co_return reply{};
    };
    return all.run({}, typed(orders, handle));
}

std::string decode(const given& options)
{
    const auto text = options.text("json");
    const auto times = options.number("records");
    std::size_t items = 0;
    stopwatch watch;
    watch.start();
    for (std::int64_t i = 0; i < times; ++i) items += from_json<orders::order_placed>(text).value().items.size();
    const auto seconds = watch.seconds();
    return fmt::format("{{\"records\":{},\"seconds\":{:.6f},\"items\":{}}}", times, seconds, items);
}

}  // namespace sluice::bench
