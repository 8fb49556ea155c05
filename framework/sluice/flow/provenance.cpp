#include "sluice/flow/provenance.hpp"

#include "sluice/flow/big_endian.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ranges>
#include <span>

namespace sluice {
namespace {

// A person reads them, and a table shows them: hostile ones may be a megabyte.
constexpr std::size_t longest_name = 249, longest_text = 1024;

// The names that one maker gives its headers; what it does not have is empty.
struct header_names {
    letter_maker maker;
    std::string_view topic, partition, offset, time, group, handler, reason, type, cause, error, attempts;
};

// Spring Kafka: KafkaHeaders.DLT_… and, of its retry topics, KafkaHeaders.ORIGINAL_…, EXCEPTION_…; RetryTopicHeaders.
// Kafka Connect: DeadLetterQueueReporter. Kafka Streams: ExceptionHandlerUtils. SmallRye: KafkaDeadLetterQueue.
constexpr std::array<header_names, 6> makers{{
    {.maker = letter_maker::sluice,
     .topic = "kafka_dlt-original-topic",
     .partition = "kafka_dlt-original-partition",
     .offset = "kafka_dlt-original-offset",
     .time = "kafka_dlt-original-timestamp",
     .group = "sluice-group",
     .handler = "sluice-handler",
     .reason = "sluice-error-class",
     .type = "kafka_dlt-exception-fqcn",
     .cause = "",
     .error = "sluice-error",
     .attempts = "sluice-attempt"},
    {.maker = letter_maker::spring,
     .topic = "kafka_dlt-original-topic",
     .partition = "kafka_dlt-original-partition",
     .offset = "kafka_dlt-original-offset",
     .time = "kafka_dlt-original-timestamp",
     .group = "kafka_dlt-original-consumer-group",
     .handler = "",
     .reason = "",
     .type = "kafka_dlt-exception-fqcn",
     .cause = "kafka_dlt-exception-cause-fqcn",
     .error = "kafka_dlt-exception-message",
     .attempts = "retry_topic-attempts"},
    {.maker = letter_maker::spring,
     .topic = "kafka_original-topic",
     .partition = "kafka_original-partition",
     .offset = "kafka_original-offset",
     .time = "kafka_original-timestamp",
     .group = "kafka_dlt-original-consumer-group",
     .handler = "",
     .reason = "",
     .type = "kafka_exception-fqcn",
     .cause = "kafka_exception-cause-fqcn",
     .error = "kafka_exception-message",
     .attempts = "retry_topic-attempts"},
    {.maker = letter_maker::connect,
     .topic = "__connect.errors.topic",
     .partition = "__connect.errors.partition",
     .offset = "__connect.errors.offset",
     .time = "",
     .group = "",
     .handler = "__connect.errors.connector.name",
     .reason = "__connect.errors.stage",
     .type = "__connect.errors.exception.class.name",
     .cause = "",
     .error = "__connect.errors.exception.message",
     .attempts = ""},
    {.maker = letter_maker::streams,
     .topic = "__streams.errors.topic",
     .partition = "__streams.errors.partition",
     .offset = "__streams.errors.offset",
     .time = "",
     .group = "",
     .handler = "",
     .reason = "",
     .type = "__streams.errors.exception",
     .cause = "",
     .error = "__streams.errors.message",
     .attempts = ""},
    {.maker = letter_maker::smallrye,
     .topic = "dead-letter-topic",
     .partition = "dead-letter-partition",
     .offset = "dead-letter-offset",
     .time = "",
     .group = "",
     .handler = "",
     .reason = "",
     .type = "dead-letter-exception-class-name",
     .cause = "",  // it has one, but throws no wrapper of its own
     .error = "dead-letter-reason",
     .attempts = ""},
}};

using header_list = std::vector<header_view>;

std::optional<std::string_view> value_of(const header_list& all, std::string_view name)
{
    if (name.empty()) return std::nullopt;
    const auto last = std::ranges::find(all.rbegin(), all.rend(), name, &header_view::name);
    return last == all.rend() ? std::nullopt : last->value;
}

std::string text_of(const header_list& all, std::string_view name, std::size_t most = longest_name)
{
    return std::string{value_of(all, name).value_or("").substr(0, most)};
}

std::string topic_of(const header_list& all, std::string_view name)
{
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    };
    const auto value = value_of(all, name).value_or("");
    const bool allowed =
        value.size() <= longest_name && value != "." && value != ".." && std::ranges::all_of(value, fits);
    return allowed ? std::string{value} : std::string{};
}

template <class Integer>
std::optional<Integer> decimal(std::string_view text)
{
    Integer value{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// None of these numbers is ever negative: -1 is how others write "unknown".
template <class Integer>
std::optional<Integer> number_of(const header_list& all, std::string_view name, bool binary)
{
    const auto bytes = value_of(all, name);
    if (!bytes) return std::nullopt;
    const auto value = binary ? detail::from_big_endian<Integer>(*bytes) : decimal<Integer>(*bytes);
    return value && *value >= 0 ? value : std::nullopt;
}

std::optional<timestamp> time_of(const header_list& all, std::string_view name, bool binary)
{
    // The end of the year 9999, which is the last that can be written.
    constexpr std::int64_t latest = 253'402'300'799'999;
    const auto ms = number_of<std::int64_t>(all, name, binary);
    if (!ms || *ms > latest) return std::nullopt;
    return timestamp{std::chrono::milliseconds{*ms}};
}

// Spring writes four bytes; before 2.8 the shortest form of a big integer.
std::optional<std::int32_t> springs_attempts(const header_list& all, std::string_view name)
{
    const auto bytes = value_of(all, name);
    if (bytes && bytes->size() == 1 && bytes->front() > 0) return bytes->front();
    return number_of<std::int32_t>(all, name, true);
}

// "java.lang.IllegalStateException: its words"
std::string class_part(std::string text)
{
    text.resize(std::min(text.find(':'), text.size()));
    return text;
}

bool wrote(const header_names& names, const header_list& all)
{
    const auto has = [&](std::string_view name) {
        return !name.empty() && std::ranges::find(all, name, &header_view::name) != all.end();
    };
    if (names.maker == letter_maker::sluice) return has(names.reason);
    return has(names.topic) || has(names.type) || has(names.error);
}

provenance read(const header_names& names, const header_list& all)
{
    const bool ours = names.maker == letter_maker::sluice, springs = names.maker == letter_maker::spring;
    const bool binary = ours || springs;
    provenance found;
    found.maker = names.maker;
    found.topic = topic_of(all, names.topic);
    found.partition = number_of<std::int32_t>(all, names.partition, binary);
    found.offset = number_of<std::int64_t>(all, names.offset, binary);
    found.time = time_of(all, names.time, binary);
    found.group = text_of(all, names.group);
    found.handler = text_of(all, names.handler);
    found.reason = text_of(all, names.reason);
    found.error_type = text_of(all, names.type);
    // What wraps it is the same for all; the cause tells them apart.
    if (auto cause = text_of(all, names.cause); !cause.empty()) found.error_type = std::move(cause);
    if (names.maker == letter_maker::streams) found.error_type = class_part(std::move(found.error_type));
    found.error = text_of(all, names.error, longest_text);
    if (ours) {
        found.attempts = number_of<std::int32_t>(all, names.attempts, false);
        found.first_failure = time_of(all, "sluice-first-failure", false);
    } else if (springs) {
        found.attempts = springs_attempts(all, names.attempts);
    }
    return found;
}

bool any_prefix(std::string_view name, std::span<const std::string_view> prefixes)
{
    return std::ranges::any_of(prefixes, [&](std::string_view one) { return name.starts_with(one); });
}

constexpr std::string_view springs_prefixes[] = {"kafka_dlt-", "kafka_original-", "kafka_exception-",
                                                 "kafka_key-exception-", "retry_topic-"};
constexpr std::string_view connects_prefixes[] = {"__connect.errors."};
constexpr std::string_view streams_prefixes[] = {"__streams.errors."};
constexpr std::string_view smallryes_names[] = {"dead-letter-exception-class-name",
                                                "dead-letter-cause-class-name",
                                                "dead-letter-reason",
                                                "dead-letter-cause",
                                                "dead-letter-topic",
                                                "dead-letter-partition",
                                                "dead-letter-offset"};
constexpr std::string_view our_prefixes[] = {"kafka_dlt-"};
constexpr std::string_view our_names[] = {"sluice-attempt", "sluice-first-failure", "sluice-not-before",
                                          "sluice-error",   "sluice-error-class",   "sluice-handler",
                                          "sluice-group",   "sluice-redrives",      "sluice-deadline"};

}  // namespace

provenance provenance_of(const record& letter)
{
    const auto all = letter.headers();
    const auto names = std::ranges::find_if(makers, [&](const header_names& one) { return wrote(one, all); });
    auto found = names == makers.end() ? provenance{} : read(*names, all);
    found.redrives = number_of<std::int32_t>(all, "sluice-redrives", false).value_or(0);
    return found;
}

bool is_letter_header(std::string_view name, letter_maker maker)
{
    if (std::ranges::find(our_names, name) != std::end(our_names)) return true;
    switch (maker) {
        case letter_maker::sluice: return any_prefix(name, our_prefixes);
        case letter_maker::spring: return any_prefix(name, springs_prefixes);
        case letter_maker::connect: return any_prefix(name, connects_prefixes);
        case letter_maker::streams: return any_prefix(name, streams_prefixes);
        case letter_maker::smallrye: return std::ranges::find(smallryes_names, name) != std::end(smallryes_names);
        case letter_maker::unknown: break;
    }
    return false;
}

std::string_view to_string(letter_maker maker) noexcept
{
    switch (maker) {
        case letter_maker::sluice: return "sluice";
        case letter_maker::spring: return "spring";
        case letter_maker::connect: return "connect";
        case letter_maker::streams: return "streams";
        case letter_maker::smallrye: return "smallrye";
        case letter_maker::unknown: break;
    }
    return "unknown";
}

}  // namespace sluice
