#include "sluice/flow/dead_letter.hpp"

#include "sluice/record/record_id.hpp"

#include <boost/endian/conversion.hpp>

#include <cstring>

namespace sluice {
namespace {

// The brokers refuse huge headers, and nobody reads them.
constexpr std::size_t longest_error = 1024;

template <class Integer>
std::string big_endian(Integer value)
{
    const auto swapped = boost::endian::native_to_big(value);
    std::string bytes(sizeof swapped, '\0');
    std::memcpy(bytes.data(), &swapped, sizeof swapped);
    return bytes;
}

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

outgoing make_dead_letter(const record& what, const obituary& why, std::optional<std::int32_t> partitions)
{
    outgoing letter;
    letter.topic = dead_letter_topic(what.topic(), why.group);
    if (what.key()) letter.key.emplace(*what.key());
    if (what.value()) letter.value.emplace(*what.value());
    if (partitions && what.partition() < *partitions) letter.partition = what.partition();

    auto& headers = letter.headers;
    for (const auto& [name, value] : what.headers())
        if (!is_replaced(name))
            headers.push_back({std::string{name}, value ? std::optional{std::string{*value}} : std::nullopt});
    const auto add = [&headers](std::string_view name, std::string value) {
        headers.push_back({std::string{name}, std::move(value)});
    };
    const std::string error{why.error.substr(0, longest_error)};
    const std::string topic{what.topic()};

    if (!what.header(record_id::header_name)) add(record_id::header_name, record_id::of(what).text());
    add("sluice-attempt", std::to_string(why.attempts));
    add("sluice-first-failure", unix_ms(why.first_failure));
    add("sluice-error", error);
    add("sluice-error-class", std::string{why.error_class});
    add("sluice-handler", std::string{why.handler});
    add("sluice-group", std::string{why.group});

    add("kafka_dlt-original-topic", topic);
    add("kafka_dlt-original-partition", big_endian(what.partition()));
    add("kafka_dlt-original-offset", big_endian(what.offset()));
    add("kafka_dlt-original-timestamp", big_endian(std::int64_t{what.time().time_since_epoch().count()}));
    add("kafka_dlt-original-timestamp-type", what.time_is_append() ? "LogAppendTime" : "CreateTime");
    add("kafka_dlt-original-consumer-group", std::string{why.group});
    add("kafka_dlt-exception-fqcn", std::string{why.error_type});
    add("kafka_dlt-exception-message", error);

    add("error", error);
    add("original-topic", topic);
    return letter;
}

}  // namespace sluice
