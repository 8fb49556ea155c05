#include "sluice/kafka/detail/event_queue.hpp"

#include "sluice/base/clock.hpp"

#include <boost/asio/post.hpp>

#include <atomic>

namespace sluice::kafka::detail {

using namespace std::chrono_literals;

// Shared, because a completion that was posted may run after the event_queue has gone.
struct event_queue::state : std::enable_shared_from_this<state> {
    state(asio::any_io_executor loop, queue_handle queue, handler each, std::size_t budget)
        : loop{std::move(loop)},
          queue{std::move(queue)},
          each{std::move(each)},
          budget{budget}
    {
    }

    // Called on librdkafka's threads under the queue's mutex: nothing but a post is safe here.
    static void on_event(rd_kafka_t*, void* self) { static_cast<state*>(self)->wake(); }

    void wake()
    {
        if (armed.exchange(true)) return;
        asio::post(loop, [self = shared_from_this()] { self->turn(); });
    }

    void turn()
    {
        armed = false;  // before the first poll: what comes from now on posts anew
        for (std::size_t taken = 0; queue && running; ++taken) {
            if (taken == budget) return wake();
            event_handle event{rd_kafka_queue_poll(queue.get(), 0)};
            if (!event) return;
            each(std::move(event));
        }
    }

    // librdkafka may have told us nothing: a poll that yields returns null although more is there.
    void look_again()
    {
        net = clock::of(loop).at(clock::of(loop).now() + 1s, [this] {
            wake();
            look_again();
        });
    }

    const asio::any_io_executor loop;
    std::atomic<bool> armed = false;  // a turn is posted and has not begun
    queue_handle queue;               // this and below: the loop's thread only
    const handler each;
    const std::size_t budget;
    bool running = true;
    clock::alarm net;
};

event_queue::event_queue(asio::any_io_executor loop, queue_handle queue, handler each, std::size_t budget)
    : state_{std::make_shared<state>(std::move(loop), std::move(queue), std::move(each), budget)}
{
    rd_kafka_queue_cb_event_enable(state_->queue.get(), &state::on_event, state_.get());
    // Enabling on a queue that is not empty fires nothing.
    state_->wake();
    state_->look_again();
}

event_queue::~event_queue()
{
    // Takes the queue's mutex, so no callback runs from here on; destroying the handle alone would not end them.
    rd_kafka_queue_cb_event_enable(state_->queue.get(), nullptr, nullptr);
    state_->net.cancel();
    state_->queue.reset();
}

void event_queue::stop()
{
    state_->running = false;
}

void event_queue::resume()
{
    if (std::exchange(state_->running, true)) return;
    state_->wake();
}

rd_kafka_queue_t* event_queue::get() const noexcept
{
    return state_->queue.get();
}

}  // namespace sluice::kafka::detail
