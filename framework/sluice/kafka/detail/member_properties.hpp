#pragma once

#include "sluice/base/clock.hpp"

#include <librdkafka/rdkafka.h>

/// What follows from the properties that a member of a group was made with.
namespace sluice::kafka::detail {

/// How often its queues must be read at least, so that the group does not take it for stuck.
duration look_again(rd_kafka_t* member);

/// Whether it may be destroyed between its joining and its first assignment.
bool may_end_while_joining(rd_kafka_t* member);

}  // namespace sluice::kafka::detail
