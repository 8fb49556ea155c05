#pragma once

#include "sluice/base/offload.hpp"
#include "sluice/base/wait_queue.hpp"
#include "sluice/kafka/detail/client.hpp"
#include "sluice/kafka/detail/handles.hpp"
#include "sluice/record/broker.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace sluice::kafka::detail {

/// A group member's talk with the coordinator about offsets. Every wait is bounded by us, since with a coordinator
/// that is away librdkafka waits for long. Used from the loop's thread.
class offset_requests {
public:
    /// Answers come as events of `replies`; whoever reads it gives them to `on_reply`.
    offset_requests(std::shared_ptr<client> client, rd_kafka_queue_t* replies, std::string group, offload& blocking);

    /// See `source`. One commit after the other: one that librdkafka still tries after we stopped waiting for it
    /// must not land on a later one.
    awaitable<result<>> commit(positions finished, time_point until);
    /// Asks on a thread of the pool, by the member's own way to its coordinator: librdkafka's admin requests do not
    /// look for it anew when it has moved, but go on asking a broker that answers NOT_COORDINATOR (2.0.2).
    awaitable<result<positions>> committed(partitions of, std::chrono::milliseconds limit);

    void on_reply(event_handle event);
    /// Ends every wait, and all that comes later, with `errc::closed`. Before the client goes.
    void close();

private:
    struct request;

    awaitable<result<>> answer(const request& to, time_point until);

    std::shared_ptr<client> client_;  // null: closed
    rd_kafka_queue_t* replies_;
    offload& blocking_;
    std::string group_;
    std::map<std::uintptr_t, request*> waiting_;
    std::uintptr_t last_id_ = 0;
    std::uintptr_t commit_in_flight_ = 0;
    wait_queue answered_;
};

}  // namespace sluice::kafka::detail
