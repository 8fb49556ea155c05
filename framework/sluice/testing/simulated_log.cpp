#include "sluice/testing/simulated_log.hpp"

#include <algorithm>
#include <ranges>

namespace sluice::testing {
namespace {

// FNV-1a: the same on every platform, so that a seed means the same run everywhere.
std::uint64_t hash(std::string_view text)
{
    std::uint64_t value = 14695981039346656037U;
    for (const unsigned char byte : text) value = (value ^ byte) * 1099511628211U;
    return value;
}

}  // namespace

std::optional<std::string> logged::header(std::string_view name) const
{
    const auto last = std::ranges::find(headers.rbegin(), headers.rend(), name, &header::name);
    return last == headers.rend() ? std::nullopt : last->value;
}

void simulated_log::create(const std::string& topic, std::int32_t partitions)
{
    topics_[topic] = partitions;
    for (std::int32_t one = 0; one < partitions; ++one) logs_[{topic, one}];
}

std::optional<std::int32_t> simulated_log::partitions_of(std::string_view topic) const
{
    const auto known = topics_.find(topic);
    return known == topics_.end() ? std::nullopt : std::optional{known->second};
}

partitions simulated_log::all_of(const std::string& topic) const
{
    partitions all;
    for (std::int32_t one = 0; one < partitions_of(topic).value_or(0); ++one) all.push_back({topic, one});
    return all;
}

result<topic_partition> simulated_log::place_of(const outgoing& what) const
{
    const auto count = partitions_of(what.topic);
    if (!count) return error{errc::invalid, "there is no topic " + what.topic};
    const auto chosen = static_cast<std::int32_t>(hash(what.key.value_or("")) % static_cast<std::uint64_t>(*count));
    topic_partition where{what.topic, what.partition.value_or(chosen)};
    if (!logs_.contains(where))
        return error{errc::invalid, what.topic + " has no partition " + std::to_string(where.partition)};
    return where;
}

result<position> simulated_log::append(const outgoing& what, int by)
{
    const auto where = place_of(what);
    if (!where) return where.error();
    auto& log = logs_.at(*where);
    const auto offset = log.end++;
    log.records.push_back({offset, what.time.value_or(time_.wall()), what.key, what.value, what.headers});
    history_.add(step::kind::appended, by, *where, offset, what.key.value_or(""));
    grown();
    return position{*where, offset, {}};
}

void simulated_log::skip(const topic_partition& where, std::int64_t offsets)
{
    logs_.at(where).end += offsets;
    grown();
}

std::span<const logged> simulated_log::read(const topic_partition& where, std::int64_t from) const
{
    const std::span<const logged> all = logs_.at(where).records;
    return {std::ranges::lower_bound(all, from, {}, &logged::offset), all.end()};
}

std::int64_t simulated_log::end(const topic_partition& where) const
{
    return logs_.at(where).end;
}

}  // namespace sluice::testing
