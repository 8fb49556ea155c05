#include "sluice/kafka/detail/producer_session.hpp"

#include "sluice/kafka/errors.hpp"

#include <array>
#include <chrono>

namespace sluice::kafka::detail {
namespace {

std::string what_failed(const outgoing& what)
{
    return "send to " + what.topic;
}

// Whether the same record can only fail again.
bool is_permanent(rd_kafka_resp_err_t code)
{
    const auto outcome = outcome_of(code);
    return outcome == errc::invalid || outcome == errc::not_found;
}

// What a report of a failure says about the log.
error failure_of(const outgoing& what, rd_kafka_resp_err_t code, rd_kafka_msg_status_t status,
                 std::string_view text = {})
{
    auto failed = make_error(code, what_failed(what), text);
    if (status != RD_KAFKA_MSG_STATUS_NOT_PERSISTED)
        failed.code = make_error_code(errc::outcome_unknown);
    else if (is_permanent(code))
        failed.code = make_error_code(errc::invalid);
    else
        failed.code = make_error_code(errc::not_sent);
    return failed;
}

headers_handle to_headers(const headers& from)
{
    headers_handle made{rd_kafka_headers_new(from.size())};
    for (const auto& [name, value] : from)
        rd_kafka_header_add(made.get(), name.data(), static_cast<ssize_t>(name.size()), value ? value->data() : nullptr,
                            value ? static_cast<ssize_t>(value->size()) : 0);
    return made;
}

rd_kafka_vu_t memory(rd_kafka_vtype_t type, const std::optional<std::string>& bytes)
{
    rd_kafka_vu_t made{};
    made.vtype = type;
    made.u.mem.ptr = bytes ? const_cast<char*>(bytes->data()) : nullptr;
    made.u.mem.size = bytes ? bytes->size() : 0;
    return made;
}

// The key is copied by librdkafka, the value is not.
error_handle produce(rd_kafka_t* client, rd_kafka_topic_t* topic, const outgoing& what, void* opaque)
{
    std::array<rd_kafka_vu_t, 7> parts{};
    std::size_t count = 0;
    const auto part = [&](rd_kafka_vtype_t type) -> auto& {
        parts[count].vtype = type;
        return parts[count++].u;
    };
    part(RD_KAFKA_VTYPE_RKT).rkt = topic;
    part(RD_KAFKA_VTYPE_OPAQUE).ptr = opaque;
    parts[count++] = memory(RD_KAFKA_VTYPE_KEY, what.key);
    parts[count++] = memory(RD_KAFKA_VTYPE_VALUE, what.value);
    if (what.partition) part(RD_KAFKA_VTYPE_PARTITION).i32 = *what.partition;
    if (what.time) part(RD_KAFKA_VTYPE_TIMESTAMP).i64 = what.time->time_since_epoch().count();
    headers_handle headers;
    if (!what.headers.empty()) {
        headers = to_headers(what.headers);
        part(RD_KAFKA_VTYPE_HEADERS).headers = headers.get();
    }
    error_handle failed{rd_kafka_produceva(client, parts.data(), count)};
    if (!failed) static_cast<void>(headers.release());  // they are the message's now
    return failed;
}

}  // namespace

producer_session::producer_session(asio::any_io_executor loop, const settings& from, const properties& own,
                                   offload& blocking, const logger& log, listener tells)
    : log_{log},
      tells_{std::move(tells)},
      client_{destroyed_on(
          blocking,
          client::make(from, client_kind::producer, own, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR, log).value())}
{
    reports_.emplace(std::move(loop), queue_handle{rd_kafka_queue_get_main(client_->get())},
                     [this](event_handle event) { on_event(std::move(event)); });
}

producer_session::~producer_session()
{
    reports_.reset();
    topics_.clear();
    client_->keep(std::make_shared<const delivery_list>(std::move(in_flight_)));
}

rd_kafka_topic_t* producer_session::topic(const std::string& name)
{
    auto& cached = topics_[name];
    if (!cached) cached.reset(rd_kafka_topic_new(client_->get(), name.c_str(), nullptr));
    return cached.get();
}

producer_session::handed producer_session::hand_over(std::unique_ptr<delivery>& what)
{
    auto& record = what->what;
    auto* to = topic(record.topic);
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
    const auto status = rd_kafka_message_status(&message);
    if (message.err && status != RD_KAFKA_MSG_STATUS_PERSISTED)
        tells_.reported(*reported, failure_of(reported->what, message.err, status));
    else
        tells_.reported(*reported, position{{reported->what.topic, message.partition}, message.offset, {}});
}

void producer_session::purge()
{
    rd_kafka_purge(client_->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

}  // namespace sluice::kafka::detail
