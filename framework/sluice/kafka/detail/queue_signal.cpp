#include "sluice/kafka/detail/queue_signal.hpp"

#include <boost/asio/post.hpp>

#include <atomic>

namespace sluice::kafka::detail {

// Shared, because a completion that was posted may run after the queue_signal has gone.
struct queue_signal::state : std::enable_shared_from_this<state> {
    state(asio::any_io_executor loop, queue_handle queue, std::function<void()> ready, duration look_again)
        : loop{std::move(loop)},
          queue{std::move(queue)},
          ready{std::move(ready)},
          look_again{look_again}
    {
    }

    // Called on librdkafka's threads under the queue's mutex: nothing but a post is safe here.
    static void on_event(rd_kafka_t*, void* self) { static_cast<state*>(self)->wake(); }

    void wake()
    {
        if (armed.exchange(true)) return;
        asio::post(loop, [self = shared_from_this()] {
            self->armed = false;  // before the first poll: what comes from now on posts anew
            if (self->queue) self->ready();
        });
    }

    // librdkafka fires only when an empty queue gets an event, and a poll that yields returns null although more is
    // there.
    void set_net()
    {
        net = clock::of(loop).at(clock::of(loop).now() + look_again, [this] {
            wake();
            set_net();
        });
    }

    const asio::any_io_executor loop;
    std::atomic<bool> armed = false;  // a completion is posted and has not run
    queue_handle queue;               // this and below: the loop's thread only
    const std::function<void()> ready;
    const duration look_again;
    clock::alarm net;
};

queue_signal::queue_signal(asio::any_io_executor loop, queue_handle queue, std::function<void()> ready,
                           duration look_again)
    : state_{std::make_shared<state>(std::move(loop), std::move(queue), std::move(ready), look_again)}
{
    rd_kafka_queue_cb_event_enable(state_->queue.get(), &state::on_event, state_.get());
    // Enabling on a queue that is not empty fires nothing.
    state_->wake();
    state_->set_net();
}

queue_signal::~queue_signal()
{
    // Takes the queue's mutex, so no callback runs from here on; destroying the handle alone would not end them.
    rd_kafka_queue_cb_event_enable(state_->queue.get(), nullptr, nullptr);
    state_->net.cancel();
    state_->queue.reset();
}

event_handle queue_signal::poll()
{
    return event_handle{rd_kafka_queue_poll(state_->queue.get(), 0)};
}

void queue_signal::wake()
{
    state_->wake();
}

rd_kafka_queue_t* queue_signal::get() const noexcept
{
    return state_->queue.get();
}

}  // namespace sluice::kafka::detail
