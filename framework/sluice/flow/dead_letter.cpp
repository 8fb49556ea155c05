#include "sluice/flow/dead_letter.hpp"

#include "sluice/flow/big_endian.hpp"
#include "sluice/flow/origin.hpp"
#include "sluice/record/record_id.hpp"

namespace sluice {
namespace {

// The brokers refuse huge headers, and nobody reads them.
constexpr std::size_t longest_error = 1024;

std::string unix_ms(timestamp when)
{
    return std::to_string(when.time_since_epoch().count());
}

// Headers of ours and of Spring's say where this failure happened; those of an earlier one are replaced.
bool is_replaced(std::string_view name)
{
    return name.starts_with("kafka_dlt-") || name == "sluice-attempt" || name == "sluice-first-failure" ||
           name == "sluice-not-before" || name == "sluice-error" || name == "sluice-error-class" ||
           name == "sluice-handler" || name == "sluice-group";
}

}  // namespace

std::string dead_letter_topic(std::string_view topic, std::string_view group)
{
    return std::string{topic}.append(1, '.').append(group).append(".dlt");
}

std::string delay_text(duration delay)
{
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(delay).count();
    if (ms % 1000 != 0) return std::to_string(ms) + "ms";
    if (ms == 0 || ms % 60'000 != 0) return std::to_string(ms / 1000) + "s";
    return std::to_string(ms / 60'000) + "m";
}

std::string retry_topic(std::string_view topic, std::string_view group, duration delay)
{
    return std::string{topic}.append(1, '.').append(group).append(".retry.").append(delay_text(delay));
}

outgoing make_dead_letter(const record& what, const obituary& why, std::optional<std::int32_t> partitions)
{
    const auto source = origin_of(what, why.group);
    outgoing letter;
    letter.topic = dead_letter_topic(source.topic, why.group);
    if (what.key()) letter.key.emplace(*what.key());
    if (what.value()) letter.value.emplace(*what.value());
    const auto home = source.partition < 0 ? what.partition() : source.partition;
    if (partitions && home < *partitions) letter.partition = home;

    auto& headers = letter.headers;
    const bool detour = source.topic != what.topic();
    for (const auto& [name, value] : what.headers())
        if (!is_replaced(name) && !(detour && is_origin_header(name)))
            headers.push_back({std::string{name}, value ? std::optional{std::string{*value}} : std::nullopt});
    const auto add = [&headers](std::string_view name, std::string value) {
        headers.push_back({std::string{name}, std::move(value)});
    };
    const std::string error{why.error.substr(0, longest_error)};

    if (!what.header(record_id::header_name)) add(record_id::header_name, record_id::of(what).text());
    add("sluice-attempt", std::to_string(why.attempts));
    add("sluice-first-failure", unix_ms(why.first_failure));
    add("sluice-error", error);
    add("sluice-error-class", std::string{why.error_class});
    add("sluice-handler", std::string{why.handler});
    add("sluice-group", std::string{why.group});

    add("kafka_dlt-original-topic", source.topic);
    add("kafka_dlt-original-partition", detail::big_endian(source.partition));
    add("kafka_dlt-original-offset", detail::big_endian(source.offset));
    const auto time = source.time.value_or(timestamp{std::chrono::milliseconds{-1}});  // -1: as Kafka says "none"
    add("kafka_dlt-original-timestamp", detail::big_endian(std::int64_t{time.time_since_epoch().count()}));
    add("kafka_dlt-original-timestamp-type", source.time_is_append ? "LogAppendTime" : "CreateTime");
    add("kafka_dlt-original-consumer-group", std::string{why.group});
    add("kafka_dlt-exception-fqcn", std::string{why.error_type});
    add("kafka_dlt-exception-message", error);

    add("error", error);
    add("original-topic", source.topic);
    return letter;
}

}  // namespace sluice
