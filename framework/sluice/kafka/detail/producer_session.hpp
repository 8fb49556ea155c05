#pragma once

#include "sluice/kafka/detail/client.hpp"
#include "sluice/kafka/detail/delivery.hpp"
#include "sluice/kafka/detail/event_queue.hpp"
#include "sluice/kafka/detail/message.hpp"

#include <functional>
#include <optional>
#include <string>

namespace sluice::kafka::detail {

/// One librdkafka producer, from its making to its end, and what is in flight on it. Used from the loop's thread.
class producer_session {
public:
    struct listener {
        std::function<void(delivery&, result<position>&&)> reported;
        std::function<void()> drained;           ///< after the reports of an event: its room in the queue is free
        std::function<void(std::string)> fatal;  ///< once: this session is of no more use
    };

    /// Throws `failure`.
    producer_session(asio::any_io_executor loop, const settings& from, const properties& own, offload& blocking,
                     const logger& log, listener tells);
    ~producer_session();

    enum class handed { over, full, failed };
    /// Hands the delivery to librdkafka and keeps it until its report. `full`: it is given back, and there is room
    /// after a report, or on another session after `fatal`. `failed`: it is reported at once.
    handed hand_over(delivery_handle& what);

    /// Has every delivery reported soon, as never sent or as in flight.
    void purge();

    [[nodiscard]] delivery_list& in_flight() noexcept { return in_flight_; }
    [[nodiscard]] const std::shared_ptr<detail::client>& client() const noexcept { return client_; }

private:
    void on_event(event_handle event);
    void on_report(const rd_kafka_message_t& message);

    logger log_;
    listener tells_;
    std::shared_ptr<detail::client> client_;
    std::optional<topics> topics_;
    delivery_list in_flight_;
    std::optional<event_queue> reports_;
};

}  // namespace sluice::kafka::detail
