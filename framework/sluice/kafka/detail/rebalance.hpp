#pragma once

#include "sluice/kafka/detail/handles.hpp"
#include "sluice/record/broker.hpp"

/// Joining a group, and the answers to its rebalance, in the words of the group's protocol.
namespace sluice::kafka::detail {

/// Joins the member's group, to read these topics.
result<> subscribe(rd_kafka_t* member, const std::vector<std::string>& topics);
/// To RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS: these are fetched from here on.
result<> assign(rd_kafka_t* member, const positions& from);
/// To RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS: these are no longer ours; with the eager protocol, none is.
result<> unassign(rd_kafka_t* member, const partitions& which);

}  // namespace sluice::kafka::detail
