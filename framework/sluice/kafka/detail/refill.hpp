#pragma once

#include <librdkafka/rdkafka.h>

#include <cstddef>
#include <string>

namespace sluice::kafka::detail {

/// librdkafka stops fetching while its queue is full, and before 2.2 sleeps then for up to a second, however soon there
/// is room again: a handler that is slower than the broker would wait for it nine tenths of the time. So it is woken
/// now and then while records are taken. Used from the loop's thread. Must go before its client.
class refill {
public:
    explicit refill(rd_kafka_t* client);

    /// So many records, of so many bytes, were taken from the queue.
    void took(std::size_t records, std::size_t bytes);

private:
    void wake();

    rd_kafka_t* client_;
    bool needed_;
    std::size_t record_bound_, byte_bound_;  // of the queue
    std::size_t records_ = 0, bytes_ = 0;    // taken since it was woken
    std::string user_, password_;
};

}  // namespace sluice::kafka::detail
