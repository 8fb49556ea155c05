#pragma once

#include "sluice/kafka/detail/owned_partitions.hpp"
#include "sluice/kafka/detail/queue_signal.hpp"
#include "sluice/kafka/detail/refill.hpp"

#include <functional>
#include <map>

namespace sluice::kafka::detail {

/// The fetching side of a consumer: the records of all its partitions, through one queue. With one queue a partition,
/// librdkafka's bound on memory would count for each. Records are taken from it only when they are asked for, so that
/// librdkafka, which knows what a rebalance or a seek made void, drops it up to the last moment. Used from the
/// loop's thread. Must go before its client.
class record_reader {
public:
    struct callbacks {
        std::function<void()> ready;              ///< there may be something to read
        std::function<void(event_handle)> event;  ///< an event of the queue that is no record
        std::function<void(error)> failed;        ///< a seek that can never be done
    };

    record_reader(asio::any_io_executor loop, rd_kafka_t* client, callbacks tell);

    /// Before librdkafka is told to fetch them, each time.
    void start(const positions& from);
    /// After this none of their records comes out. Before librdkafka is told to stop.
    void stop(const partitions& which);

    /// At most so many records; empty: `ready` tells when there are more.
    batch read(std::size_t most);

    /// See `source`.
    [[nodiscard]] positions position(const partitions& of) const;
    void seek(const positions& to);
    void hold(const partitions& which);
    void release(const partitions& which);

private:
    [[nodiscard]] partitions owned_of(const partitions& which) const;
    std::size_t take(event_handle event, batch& into);
    void settle_seeks();

    asio::any_io_executor loop_;
    rd_kafka_t* client_;
    callbacks tell_;
    queue_signal queue_;
    owned_partitions owned_;
    refill refill_;
    std::map<topic_partition, std::int64_t> seeks_;  // not done by librdkafka yet
    clock::alarm seek_again_;
};

}  // namespace sluice::kafka::detail
