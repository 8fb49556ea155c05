#pragma once

#include "sluice/base/async.hpp"
#include "sluice/kafka/detail/handles.hpp"

#include <functional>
#include <memory>

namespace sluice::kafka::detail {

/// Brings the events of a librdkafka queue to the loop: one completion is posted when the queue becomes non-empty,
/// it drains at most `budget` events and posts itself again if more are left, so one busy queue does not starve
/// the loop. A timer looks once a second in case a wake-up is missed. Used from the loop's thread. Must go before
/// the client of its queue.
class event_queue {
public:
    /// Called on the loop for each event. It may destroy the event_queue that calls it.
    using handler = std::function<void(event_handle)>;

    event_queue(asio::any_io_executor loop, queue_handle queue, handler each, std::size_t budget = 1000);
    event_queue(const event_queue&) = delete;
    event_queue& operator=(const event_queue&) = delete;
    ~event_queue();

    /// No event comes until `resume`, not even the rest of this turn's: they stay in librdkafka's queue.
    void stop();
    void resume();

    [[nodiscard]] rd_kafka_queue_t* get() const noexcept;

private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace sluice::kafka::detail
