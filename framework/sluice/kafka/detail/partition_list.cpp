#include "sluice/kafka/detail/partition_list.hpp"

#include <cstring>

namespace sluice::kafka::detail {
namespace {

static_assert(position::stored == RD_KAFKA_OFFSET_STORED);

list_handle empty_list(std::size_t room)
{
    return list_handle{rd_kafka_topic_partition_list_new(static_cast<int>(room))};
}

std::span<const rd_kafka_topic_partition_t> entries(const rd_kafka_topic_partition_list_t& list)
{
    return {list.elems, static_cast<std::size_t>(list.cnt)};
}

}  // namespace

list_handle to_list(const partitions& from)
{
    auto list = empty_list(from.size());
    for (const auto& each : from) rd_kafka_topic_partition_list_add(list.get(), each.topic.c_str(), each.partition);
    return list;
}

list_handle to_list(const positions& from)
{
    auto list = empty_list(from.size());
    for (const auto& each : from) {
        auto* entry = rd_kafka_topic_partition_list_add(list.get(), each.where.topic.c_str(), each.where.partition);
        entry->offset = each.offset;
        if (each.metadata.empty()) continue;
        // The list frees it, so it comes from librdkafka's allocator.
        entry->metadata = rd_kafka_mem_malloc(nullptr, each.metadata.size());
        entry->metadata_size = each.metadata.size();
        std::memcpy(entry->metadata, each.metadata.data(), each.metadata.size());
    }
    return list;
}

partitions to_partitions(const rd_kafka_topic_partition_list_t& from)
{
    partitions all;
    for (const auto& entry : entries(from)) all.push_back({entry.topic, entry.partition});
    return all;
}

positions to_positions(const rd_kafka_topic_partition_list_t& from)
{
    positions all;
    for (const auto& entry : entries(from)) {
        position each;
        each.where = {entry.topic, entry.partition};
        if (entry.offset >= 0) each.offset = entry.offset;
        if (entry.metadata) each.metadata.assign(static_cast<const char*>(entry.metadata), entry.metadata_size);
        all.push_back(std::move(each));
    }
    return all;
}

}  // namespace sluice::kafka::detail
