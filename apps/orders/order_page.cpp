#include "orders/order_page.hpp"

#include "orders/answers.hpp"
#include "orders/status_store.hpp"
#include "sluice/http/problem.hpp"

namespace orders {

using namespace sluice;

namespace {

struct order_view {
    std::string order_id, customer_id;
    std::optional<money> total;
    order_state state{};
    order_times times;
};
BOOST_DESCRIBE_STRUCT(order_view, (), (order_id, customer_id, total, state, times))

awaitable<http::response> look_up(std::string id, status_store& statuses)
{
    const auto found = co_await statuses.find(std::move(id));
    if (!found)
        co_return http::answer(
            {.status = 404, .type = "/problems/unknown-order", .detail = "no event has told of this order yet"});
    const order_view view{found->order_id, found->customer_id, found->total, state_of(found->times), found->times};
    co_return http::json(200, to_json(view));
}

}  // namespace

awaitable<http::response> show_order(std::string id, status_store& statuses)
{
    return with_store(look_up(std::move(id), statuses));
}

}  // namespace orders
