#pragma once

#include "sluice/kafka/detail/handles.hpp"
#include "sluice/record/broker.hpp"

/// The answers to a group's rebalance, in the words of the group's protocol.
namespace sluice::kafka::detail {

/// To RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS: these are fetched from here on.
result<> assign(rd_kafka_t* member, const positions& from);
/// To RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS: these are no longer ours; with the eager protocol, none is.
result<> unassign(rd_kafka_t* member, const partitions& which);

}  // namespace sluice::kafka::detail
