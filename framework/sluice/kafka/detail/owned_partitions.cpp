#include "sluice/kafka/detail/owned_partitions.hpp"

namespace sluice::kafka::detail {

void owned_partitions::add(const positions& from)
{
    for (const auto& each : from) all_.insert_or_assign(each.where, partition{.next = each.offset});
    last_topic_ = nullptr;
}

void owned_partitions::remove(const partitions& which)
{
    for (const auto& each : which) all_.erase(each);
    last_topic_ = nullptr;
}

owned_partitions::partition* owned_partitions::find(const topic_partition& where)
{
    const auto known = all_.find(where);
    return known == all_.end() ? nullptr : &known->second;
}

const owned_partitions::partition* owned_partitions::find(const topic_partition& where) const
{
    const auto known = all_.find(where);
    return known == all_.end() ? nullptr : &known->second;
}

bool owned_partitions::admit(const rd_kafka_message_t& message, std::string_view& topic)
{
    if (message.rkt != last_topic_ || message.partition != last_partition_) {
        last_topic_ = message.rkt;
        last_partition_ = message.partition;
        const std::string name = rd_kafka_topic_name(message.rkt);
        last_name_ = rd_kafka_topic_name(message.rkt);
        last_ = find({name, message.partition});
    }
    topic = last_name_;
    if (!last_ || last_->held || message.offset < last_->next) return false;
    last_->next = message.offset + 1;
    return true;
}

}  // namespace sluice::kafka::detail
