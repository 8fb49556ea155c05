#include "sluice/kafka/detail/event_queue.hpp"

#include "sluice/kafka/detail/queue_signal.hpp"

#include <optional>

namespace sluice::kafka::detail {

// Shared, because an event's handler may destroy the event_queue.
struct event_queue::state : std::enable_shared_from_this<state> {
    state(handler each, std::size_t budget) : each{std::move(each)}, budget{budget} {}

    void turn()
    {
        const auto alive = shared_from_this();
        for (std::size_t taken = 0; signal && running; ++taken) {
            if (taken == budget) return signal->wake();
            auto event = signal->poll();
            if (!event) return;
            each(std::move(event));
        }
    }

    const handler each;
    const std::size_t budget;
    bool running = true;
    std::optional<queue_signal> signal;
};

event_queue::event_queue(asio::any_io_executor loop, queue_handle queue, handler each, std::size_t budget)
    : state_{std::make_shared<state>(std::move(each), budget)}
{
    state_->signal.emplace(std::move(loop), std::move(queue), [self = state_.get()] { self->turn(); });
}

event_queue::~event_queue()
{
    state_->signal.reset();
}

void event_queue::stop()
{
    state_->running = false;
}

void event_queue::resume()
{
    if (std::exchange(state_->running, true)) return;
    state_->signal->wake();
}

rd_kafka_queue_t* event_queue::get() const noexcept
{
    return state_->signal->get();
}

}  // namespace sluice::kafka::detail
