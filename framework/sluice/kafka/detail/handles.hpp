#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

/// Owners of what librdkafka hands out.
namespace sluice::kafka::detail {

template <auto Destroy>
struct destroyer {
    template <class T>
    void operator()(T* what) const noexcept
    {
        Destroy(what);
    }
};
template <class T, auto Destroy>
using handle = std::unique_ptr<T, destroyer<Destroy>>;

/// A member of a group that has not left it goes without waiting for the group.
inline void destroy_client(rd_kafka_t* client) noexcept
{
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

/// Destroying it blocks until its threads have ended and every message is freed: off the loop, then.
using client_handle = handle<rd_kafka_t, destroy_client>;
using conf_handle = handle<rd_kafka_conf_t, rd_kafka_conf_destroy>;
/// Must go before its client.
using queue_handle = handle<rd_kafka_queue_t, rd_kafka_queue_destroy>;
/// Owns the messages and lists that are read from it.
using event_handle = handle<rd_kafka_event_t, rd_kafka_event_destroy>;
using topic_handle = handle<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using list_handle = handle<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using error_handle = handle<rd_kafka_error_t, rd_kafka_error_destroy>;
using headers_handle = handle<rd_kafka_headers_t, rd_kafka_headers_destroy>;
using metadata_handle = handle<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;
using group_metadata_handle = handle<rd_kafka_consumer_group_metadata_t, rd_kafka_consumer_group_metadata_destroy>;
using admin_options_handle = handle<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;
using new_topic_handle = handle<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using config_resource_handle = handle<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>;

}  // namespace sluice::kafka::detail
