#pragma once

#include "sluice/kafka/detail/handles.hpp"
#include "sluice/record/broker.hpp"

/// The port's partitions and positions, and librdkafka's lists of them.
namespace sluice::kafka::detail {

list_handle to_list(const partitions& from);
/// With offsets and metadata; `position::stored` is librdkafka's own RD_KAFKA_OFFSET_STORED.
list_handle to_list(const positions& from);

partitions to_partitions(const rd_kafka_topic_partition_list_t& from);
/// An offset that is no offset ("nothing committed", "nothing consumed") becomes `position::stored`.
positions to_positions(const rd_kafka_topic_partition_list_t& from);

}  // namespace sluice::kafka::detail
