#pragma once

#include "sluice/kafka/detail/handles.hpp"
#include "sluice/record/record.hpp"

namespace sluice::kafka::detail {

/// The record that a fetch event carries. It owns the event, and its views point into librdkafka's buffers, which
/// live until it goes; so does its client. `topic`: the message's, which lives as long.
record to_record(event_handle event, const rd_kafka_message_t& message, std::string_view topic);

}  // namespace sluice::kafka::detail
