#include "sluice/kafka/detail/admin_requests.hpp"

#include "sluice/kafka/detail/partition_list.hpp"
#include "sluice/kafka/errors.hpp"

#include <array>
#include <span>
#include <string_view>

namespace sluice::kafka::detail {
namespace {

using reason_text = std::array<char, 512>;

result<new_topic_handle> new_topic(const topic_declaration& from, std::int16_t replication_factor)
{
    reason_text reason{};
    new_topic_handle made{rd_kafka_NewTopic_new(from.name().c_str(), from.partitions(), replication_factor,
                                                reason.data(), reason.size())};
    if (!made) return error{errc::invalid, "topic " + from.name() + ": " + reason.data()};
    for (const auto& [name, value] : from.config())
        if (const auto code = rd_kafka_NewTopic_set_config(made.get(), name.c_str(), value.c_str()))
            return make_error(code, "topic " + from.name() + ": " + name);
    return made;
}

}  // namespace

// `send` gives the request the options and the queue on which its answer comes.
template <class Send>
result<event_handle> admin_requests::request(rd_kafka_admin_op_t kind, const std::string& what, Send send) const
{
    const admin_options_handle options{rd_kafka_AdminOptions_new(client_->get(), kind)};
    reason_text reason{};
    if (const auto code =
            rd_kafka_AdminOptions_set_request_timeout(options.get(), time_limit_, reason.data(), reason.size()))
        return make_error(code, what, reason.data());
    const queue_handle answers{rd_kafka_queue_new(client_->get())};
    send(options.get(), answers.get());
    // librdkafka's own time limit ends the wait.
    event_handle answer{rd_kafka_queue_poll(answers.get(), -1)};
    if (const auto code = rd_kafka_event_error(answer.get()))
        return make_error(code, what, rd_kafka_event_error_string(answer.get()));
    return answer;
}

result<std::map<std::string, std::int32_t>> admin_requests::partition_counts() const
{
    const rd_kafka_metadata_t* found = nullptr;
    const auto code = rd_kafka_metadata(client_->get(), 1, nullptr, &found, time_limit_);
    const metadata_handle owned{found};
    if (code) return make_error(code, "list topics");
    std::map<std::string, std::int32_t> counts;
    for (const auto& topic : std::span{found->topics, static_cast<std::size_t>(found->topic_cnt)})
        if (!topic.err && !std::string_view{topic.topic}.starts_with("__"))
            counts.emplace(topic.topic, topic.partition_cnt);
    return counts;
}

result<std::vector<std::string>> admin_requests::create(const std::vector<topic_declaration>& missing,
                                                        std::int16_t replication_factor) const
{
    std::vector<new_topic_handle> owned;
    std::vector<rd_kafka_NewTopic_t*> all;
    for (const auto& each : missing) {
        auto made = new_topic(each, replication_factor);
        if (!made) return made.error();
        all.push_back(made->get());
        owned.push_back(std::move(*made));
    }
    auto send = [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* answers) {
        reason_text reason{};
        // Also waits until the controller has made them.
        rd_kafka_AdminOptions_set_operation_timeout(options, time_limit_, reason.data(), reason.size());
        rd_kafka_CreateTopics(client_->get(), all.data(), all.size(), options, answers);
    };
    const auto answer = request(RD_KAFKA_ADMIN_OP_CREATETOPICS, "create topics", send);
    if (!answer) return answer.error();

    std::vector<std::string> created;
    std::size_t count = 0;
    const auto** topics =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(answer->get()), &count);
    for (const auto* topic : std::span{topics, count}) {
        const std::string name = rd_kafka_topic_result_name(topic);
        const auto code = rd_kafka_topic_result_error(topic);
        if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
        if (code) {
            const char* why = rd_kafka_topic_result_error_string(topic);
            return make_error(code, "create topic " + name, why ? why : "");
        }
        created.push_back(name);
    }
    return created;
}

result<topic_properties> admin_requests::properties_of(const std::string& topic) const
{
    const config_resource_handle about{rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str())};
    auto send = [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* answers) {
        rd_kafka_ConfigResource_t* one = about.get();
        rd_kafka_DescribeConfigs(client_->get(), &one, 1, options, answers);
    };
    const auto failed = "properties of topic " + topic;
    const auto answer = request(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, failed, send);
    if (!answer) return answer.error();

    topic_properties found;
    std::size_t count = 0;
    const auto** resources =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(answer->get()), &count);
    for (const auto* resource : std::span{resources, count}) {
        if (const auto code = rd_kafka_ConfigResource_error(resource)) return make_error(code, failed);
        std::size_t entries = 0;
        const auto** configs = rd_kafka_ConfigResource_configs(resource, &entries);
        for (const auto* entry : std::span{configs, entries})
            if (const char* value = rd_kafka_ConfigEntry_value(entry))
                found.emplace(rd_kafka_ConfigEntry_name(entry), value);
    }
    return found;
}

result<partition_range> admin_requests::range_of(const topic_partition& where) const
{
    partition_range found{.where = where};
    const auto code = rd_kafka_query_watermark_offsets(client_->get(), where.topic.c_str(), where.partition,
                                                       &found.begin, &found.end, time_limit_);
    if (code) return make_error(code, "offsets of " + where.topic + "/" + std::to_string(where.partition));
    return found;
}

result<positions> admin_requests::committed(const std::string& group, const partitions& of) const
{
    if (of.empty()) return positions{};
    using query_handle = handle<rd_kafka_ListConsumerGroupOffsets_t, rd_kafka_ListConsumerGroupOffsets_destroy>;
    const auto list = to_list(of);
    const query_handle query{rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), list.get())};
    auto send = [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* answers) {
        rd_kafka_ListConsumerGroupOffsets_t* one = query.get();
        rd_kafka_ListConsumerGroupOffsets(client_->get(), &one, 1, options, answers);
    };
    const auto failed = "committed offsets of group " + group;
    const auto answer = request(RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, failed, send);
    if (!answer) return answer.error();

    std::size_t count = 0;
    const auto** groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
        rd_kafka_event_ListConsumerGroupOffsets_result(answer->get()), &count);
    if (const auto* why = rd_kafka_group_result_error(groups[0])) return make_error(*why, failed);
    const auto* found = rd_kafka_group_result_partitions(groups[0]);
    for (const auto& each : std::span{found->elems, static_cast<std::size_t>(found->cnt)})
        if (each.err) return make_error(each.err, failed);
    return to_positions(*found);
}

}  // namespace sluice::kafka::detail
