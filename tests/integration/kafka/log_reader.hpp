#pragma once

#include "sluice/kafka/detail/client.hpp"
#include "sluice/kafka/settings.hpp"
#include "sluice/record/record.hpp"

#include <string>
#include <vector>

namespace sluice {

/// What is in a topic's log, read with librdkafka alone: each partition's records in order, one partition after the
/// other. Blocks.
inline std::vector<record> read_log(const kafka::settings& from, const std::string& topic, std::int32_t partitions)
{
    using namespace kafka::detail;
    const auto reader =
        client::make(from, client_kind::consumer, {{"group.id", "log-reader"}, {"enable.partition.eof", "true"}}, 0, {})
            .value();
    const list_handle all{rd_kafka_topic_partition_list_new(partitions)};
    for (std::int32_t each = 0; each < partitions; ++each)
        rd_kafka_topic_partition_list_add(all.get(), topic.c_str(), each)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(reader.get(), all.get());

    std::vector<record> read;
    for (std::int32_t open = partitions; open > 0;) {
        using message_handle = handle<rd_kafka_message_t, rd_kafka_message_destroy>;
        const message_handle message{rd_kafka_consumer_poll(reader.get(), 10'000)};
        if (!message) break;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) --open;
        if (message->err) continue;
        const auto text = [](const void* bytes, std::size_t size) -> std::optional<std::string> {
            if (!bytes) return std::nullopt;
            return std::string{static_cast<const char*>(bytes), size};
        };
        headers with;
        rd_kafka_headers_t* raw = nullptr;
        if (!rd_kafka_message_headers(message.get(), &raw)) {
            const char* name = nullptr;
            const void* value = nullptr;
            std::size_t size = 0;
            for (std::size_t i = 0; !rd_kafka_header_get_all(raw, i, &name, &value, &size); ++i)
                with.push_back({name, text(value, size)});
        }
        const timestamp time{std::chrono::milliseconds{rd_kafka_message_timestamp(message.get(), nullptr)}};
        read.push_back(record::make({topic, message->partition}, message->offset, text(message->key, message->key_len),
                                    text(message->payload, message->len), std::move(with), time));
    }
    std::ranges::sort(read, {}, [](const record& each) { return std::pair{each.partition(), each.offset()}; });
    return read;
}

}  // namespace sluice
