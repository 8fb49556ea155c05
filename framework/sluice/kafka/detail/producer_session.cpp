#include "sluice/kafka/detail/producer_session.hpp"

#include "sluice/kafka/detail/message.hpp"
#include "sluice/kafka/errors.hpp"

#include <array>

namespace sluice::kafka::detail {

producer_session::producer_session(asio::any_io_executor loop, const settings& from, const properties& own,
                                   offload& blocking, const logger& log, listener tells)
    : log_{log},
      tells_{std::move(tells)},
      client_{destroyed_on(
          blocking,
          client::make(from, client_kind::producer, own, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR, log).value())}
{
    topics_.emplace(client_->get());
    reports_.emplace(std::move(loop), queue_handle{rd_kafka_queue_get_main(client_->get())},
                     [this](event_handle event) { on_event(std::move(event)); });
}

producer_session::~producer_session()
{
    reports_.reset();
    topics_.reset();
    client_->keep(std::make_shared<const delivery_list>(std::move(in_flight_)));
}

producer_session::handed producer_session::hand_over(delivery_handle& what)
{
    auto& record = *what->what;
    auto* to = topics_->get(record.topic);
    if (!to) {
        const auto failed = make_error(rd_kafka_last_error(), what_failed(record));
        tells_.reported(*what, error{errc::invalid, failed.detail});
        return handed::failed;
    }
    const auto refused = produce(client_->get(), to, record, what.get());
    if (!refused) {
        in_flight_.push_back(std::move(what));
        return handed::over;
    }
    const auto code = rd_kafka_error_code(refused.get());
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL || code == RD_KAFKA_RESP_ERR__FATAL) return handed::full;
    tells_.reported(*what,
                    failure_of(record, code, RD_KAFKA_MSG_STATUS_NOT_PERSISTED, rd_kafka_error_string(refused.get())));
    return handed::failed;
}

void producer_session::on_event(event_handle event)
{
    switch (rd_kafka_event_type(event.get())) {
        case RD_KAFKA_EVENT_DR:
            while (const auto* message = rd_kafka_event_message_next(event.get())) on_report(*message);
            break;
        case RD_KAFKA_EVENT_ERROR: {
            std::array<char, 512> reason{};
            if (rd_kafka_event_error_is_fatal(event.get())) {
                const auto code = rd_kafka_fatal_error(client_->get(), reason.data(), reason.size());
                return tells_.fatal(make_error(code, "producer", reason.data()).detail);
            }
            // librdkafka has logged all the others by itself.
            if (rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
                log_.warning("producer: {}", rd_kafka_event_error_string(event.get()));
            return;
        }
        default: return;
    }
    event.reset();  // frees the messages' room in the queue
    tells_.drained();
}

void producer_session::on_report(const rd_kafka_message_t& message)
{
    const auto reported = in_flight_.take(*static_cast<delivery*>(message._private));
    auto& what = *reported->what;
    const auto status = rd_kafka_message_status(&message);
    if (message.err && status != RD_KAFKA_MSG_STATUS_PERSISTED)
        tells_.reported(*reported, failure_of(what, message.err, status));
    else if (message.offset < 0)
        tells_.reported(*reported, assumed(what));
    else
        tells_.reported(*reported, position{{std::move(what.topic), message.partition}, message.offset, {}});
}

void producer_session::purge()
{
    rd_kafka_purge(client_->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

}  // namespace sluice::kafka::detail
