#include "sluice/flow/origin.hpp"

#include "sluice/flow/big_endian.hpp"

namespace sluice {
namespace {

// KafkaHeaders.ORIGINAL_… of Spring Kafka; numbers big-endian.
constexpr std::string_view prefix = "kafka_original-";
constexpr std::string_view topic_name = "kafka_original-topic";
constexpr std::string_view partition_name = "kafka_original-partition";
constexpr std::string_view offset_name = "kafka_original-offset";
constexpr std::string_view time_name = "kafka_original-timestamp";
constexpr std::string_view time_type_name = "kafka_original-timestamp-type";

origin here(const record& what)
{
    return {std::string{what.topic()}, what.partition(), what.offset(), what.time(), what.time_is_append()};
}

template <class Integer>
std::optional<Integer> number(const record& what, std::string_view name)
{
    const auto bytes = what.header(name);
    const auto value = bytes ? detail::from_big_endian<Integer>(*bytes) : std::nullopt;
    return value && *value >= 0 ? value : std::nullopt;
}

}  // namespace

origin origin_of(const record& what, std::string_view group)
{
    const auto middle = std::string{"."}.append(group).append(".retry.");
    const auto end = what.topic().rfind(middle);
    if (end == std::string_view::npos || end == 0) return here(what);

    origin from{.topic = std::string{what.topic().substr(0, end)}};
    if (what.header(topic_name) != from.topic) return from;
    from.partition = number<std::int32_t>(what, partition_name).value_or(-1);
    from.offset = number<std::int64_t>(what, offset_name).value_or(-1);
    if (const auto time = number<std::int64_t>(what, time_name))
        from.time = timestamp{std::chrono::milliseconds{*time}};
    from.time_is_append = what.header(time_type_name) == "LogAppendTime";
    return from;
}

void set_origin(headers& of, const origin& from)
{
    std::erase_if(of, [](const header& one) { return is_origin_header(one.name); });
    const auto add = [&of](std::string_view name, std::string value) {
        of.push_back({std::string{name}, std::move(value)});
    };
    add(topic_name, from.topic);
    if (from.partition >= 0) add(partition_name, detail::big_endian(from.partition));
    if (from.offset >= 0) add(offset_name, detail::big_endian(from.offset));
    if (!from.time) return;
    add(time_name, detail::big_endian(std::int64_t{from.time->time_since_epoch().count()}));
    add(time_type_name, from.time_is_append ? "LogAppendTime" : "CreateTime");
}

bool is_origin_header(std::string_view name)
{
    return name.starts_with(prefix);
}

}  // namespace sluice
