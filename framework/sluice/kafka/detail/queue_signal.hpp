#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/clock.hpp"
#include "sluice/kafka/detail/handles.hpp"

#include <functional>
#include <memory>

namespace sluice::kafka::detail {

/// A librdkafka queue that its owner reads when it wants to, and that tells when to look: one completion is posted
/// to the loop when the queue becomes non-empty, and a timer looks from time to time, because librdkafka may have
/// told nothing. Used from the loop's thread. Must go before the client of its queue.
class queue_signal {
public:
    /// `ready` is called on the loop, and may destroy the queue_signal that calls it.
    queue_signal(asio::any_io_executor loop, queue_handle queue, std::function<void()> ready,
                 duration look_again = std::chrono::seconds{1});
    queue_signal(const queue_signal&) = delete;
    queue_signal& operator=(const queue_signal&) = delete;
    ~queue_signal();

    /// What is next in the queue, or null: then `ready` comes when there is more.
    [[nodiscard]] event_handle poll();
    /// Calls `ready` in a later turn of the loop: for one who stops reading before the queue is empty.
    void wake();

    [[nodiscard]] rd_kafka_queue_t* get() const noexcept;

private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace sluice::kafka::detail
