#pragma once

#include "sluice/base/result.hpp"
#include "sluice/kafka/detail/handles.hpp"
#include "sluice/record/record.hpp"

#include <map>
#include <string>
#include <string_view>

/// A record as librdkafka's producers take it.
namespace sluice::kafka::detail {

/// "send to <topic>"
std::string what_failed(const outgoing& what);

/// Whether the same record can only fail again.
bool is_permanent(rd_kafka_resp_err_t code);

/// What a report of a failure says about the log. `text`: librdkafka's own words where it gave any.
error failure_of(const outgoing& what, rd_kafka_resp_err_t code, rd_kafka_msg_status_t status,
                 std::string_view text = {});

/// Of a record that was reported without an error and without an offset: when a request fails and a later one of its
/// partition does not, librdkafka takes the first to be in the log as well. It is not where the broker did not know the
/// producer yet, and took the later one for its first (KAFKA-15591): the first records to a new topic were lost so.
error assumed(const outgoing& what);

/// Puts it into librdkafka's queue. The key is copied, the value is not. `opaque` comes back with the report.
error_handle produce(rd_kafka_t* client, rd_kafka_topic_t* topic, const outgoing& what, void* opaque);

/// The topics that a producer has written to: by their handles a first record is not held up (librdkafka #5032).
/// They must go before the client.
class topics {
public:
    explicit topics(rd_kafka_t* client) : client_{client} {}
    /// Null: `rd_kafka_last_error` tells why.
    rd_kafka_topic_t* get(const std::string& name);

private:
    rd_kafka_t* client_;
    std::map<std::string, topic_handle, std::less<>> all_;
};

}  // namespace sluice::kafka::detail
