#include "sluice/flow/detour.hpp"

#include "sluice/flow/dead_letter.hpp"
#include "sluice/flow/origin.hpp"
#include "sluice/record/deadline.hpp"
#include "sluice/record/record_id.hpp"

#include <algorithm>

namespace sluice {
namespace {

constexpr std::string_view attempt_name = "sluice-attempt";
constexpr std::string_view first_failure_name = "sluice-first-failure";
constexpr std::string_view not_before_name = "sluice-not-before";
constexpr std::string_view error_name = "sluice-error";
constexpr std::size_t longest_error = 1024;

bool is_replaced(std::string_view name)
{
    return name == attempt_name || name == first_failure_name || name == not_before_name || name == error_name ||
           is_origin_header(name);
}

std::optional<timestamp> time_in(const record& what, std::string_view name)
{
    const auto ms = number_in(what, name);
    return ms && *ms >= 0 ? std::optional{timestamp{std::chrono::milliseconds{*ms}}} : std::nullopt;
}

}  // namespace

bool is_retry_topic(std::string_view topic, std::string_view group)
{
    const auto at = topic.rfind(".retry.");
    if (at == std::string_view::npos || at < group.size() + 2) return false;
    return topic.substr(0, at).ends_with(group) && topic[at - group.size() - 1] == '.';
}

detour detour_of(const record& what, duration longest)
{
    detour so_far{.first_failure = time_in(what, first_failure_name), .not_before = time_in(what, not_before_name)};
    if (so_far.not_before) {
        const auto latest =
            what.time() + std::chrono::ceil<std::chrono::milliseconds>(longest) + std::chrono::minutes{1};
        so_far.not_before = std::min(*so_far.not_before, latest);
    }
    if (what.topic().ends_with(".retry.0s")) return {.not_before = so_far.not_before};
    so_far.attempts =
        static_cast<std::int32_t>(std::clamp<std::int64_t>(number_in(what, attempt_name).value_or(0), 0, 1'000'000));
    return so_far;
}

outgoing make_detour(const record& what, std::string_view group, duration delay, const detour& so_far,
                     std::string_view error, std::optional<std::int32_t> partitions)
{
    const auto source = origin_of(what, group);
    outgoing away;
    away.topic = retry_topic(source.topic, group, delay);
    if (what.key()) away.key.emplace(*what.key());
    if (what.value()) away.value.emplace(*what.value());
    const auto home = source.partition < 0 ? what.partition() : source.partition;
    if (partitions && home < *partitions) away.partition = home;

    for (const auto& [name, value] : what.headers())
        if (!is_replaced(name))
            away.headers.push_back({std::string{name}, value ? std::optional{std::string{*value}} : std::nullopt});
    const auto add = [&away](std::string_view name, std::string value) {
        away.headers.push_back({std::string{name}, std::move(value)});
    };
    const auto unix_ms = [](timestamp when) { return std::to_string(when.time_since_epoch().count()); };
    if (!what.header(record_id::header_name)) add(record_id::header_name, record_id::of(what).text());
    add(attempt_name, std::to_string(so_far.attempts));
    if (so_far.first_failure) add(first_failure_name, unix_ms(*so_far.first_failure));
    if (so_far.not_before) add(not_before_name, unix_ms(*so_far.not_before));
    add(error_name, std::string{error.substr(0, longest_error)});
    set_origin(away.headers, source);
    return away;
}

}  // namespace sluice
