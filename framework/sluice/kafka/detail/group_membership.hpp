#pragma once

#include "sluice/kafka/detail/handles.hpp"
#include "sluice/record/broker.hpp"

#include <string_view>

namespace sluice::kafka::detail {

/// Of a consumer that is not closing; asks librdkafka's main thread. Null when it is no member of its group.
membership membership_of(rd_kafka_t* consumer);
const rd_kafka_consumer_group_metadata_t* to_metadata(const membership& of) noexcept;

/// Whether serialised group metadata ("CGMDv2:", generation, group, member …) names a member and its generation.
bool names_a_member(std::string_view serialised) noexcept;

}  // namespace sluice::kafka::detail
