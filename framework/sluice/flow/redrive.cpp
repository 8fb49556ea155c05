#include "sluice/flow/redrive.hpp"

#include "sluice/flow/dead_letter.hpp"
#include "sluice/flow/origin.hpp"
#include "sluice/record/record_id.hpp"

#include <algorithm>
#include <limits>

namespace sluice {
namespace {

constexpr std::string_view redrives_name = "sluice-redrives";

// The id that the record had where it failed; where that is not known, one that is the same for each redrive.
std::string id_of(const record& letter, const provenance& from)
{
    if (letter.header(record_id::header_name) || from.topic.empty() || !from.partition || !from.offset)
        return record_id::of(letter).text();
    return record_id::of(record::make({from.topic, *from.partition}, *from.offset, {}, {})).text();
}

// Our letters end with two headers whose names the record may have used itself, before them.
void drop_last(headers& of, std::string_view name, std::string_view value)
{
    const auto last = std::ranges::find(of.rbegin(), of.rend(), name, &header::name);
    if (last != of.rend() && last->value == value) of.erase(std::next(last).base());
}

}  // namespace

outgoing make_redrive(const record& letter, const provenance& from, const redrive_target& to)
{
    outgoing again{.topic = to.topic};
    if (letter.key()) again.key.emplace(*letter.key());
    if (letter.value()) again.value.emplace(*letter.value());
    if (from.partition && to.partitions && *from.partition < *to.partitions) again.partition = from.partition;

    auto& headers = again.headers;
    for (const auto& [name, value] : letter.headers())
        if (!is_letter_header(name, from.maker) && name != record_id::header_name)
            headers.push_back({std::string{name}, value ? std::optional{std::string{*value}} : std::nullopt});
    if (from.maker == letter_maker::sluice) {
        drop_last(headers, "error", letter.header("sluice-error").value_or(""));
        drop_last(headers, "original-topic", from.topic);
    }
    headers.push_back({std::string{record_id::header_name}, id_of(letter, from)});
    const auto before = std::min(from.redrives, std::numeric_limits<std::int32_t>::max() - 1);
    headers.push_back({std::string{redrives_name}, std::to_string(before + 1)});
    if (!to.source)
        set_origin(headers, {.topic = from.topic,
                             .partition = from.partition.value_or(-1),
                             .offset = from.offset.value_or(-1),
                             .time = from.time,
                             .time_is_append = letter.header("kafka_dlt-original-timestamp-type") == "LogAppendTime"});
    return again;
}

std::optional<std::string> redrive_group(const record& letter, const provenance& from)
{
    if (from.maker != letter_maker::sluice || dead_letter_topic(from.topic, from.group) != letter.topic())
        return std::nullopt;
    return from.group;
}

redrive_ledger::redrive_ledger(std::int64_t begin, const position& committed)
    : where_{committed.where},
      committed_{std::max(begin, committed.offset)},
      next_{committed_}
{
    // Of a topic that was made anew, or trimmed beyond the commit, the runs that are still ahead hold.
    for (const auto& one : progress::from_text(committed.offset, committed.metadata))
        if (one.finished && one.to > committed_) add(std::max(one.from, committed_), one.to);
    next_ = committed_;
}

bool redrive_ledger::meet(std::int64_t offset)
{
    // What lies between holds no letter.
    if (offset > next_) add(next_, offset);
    next_ = std::max(next_, offset + 1);
    if (offset < committed_) return true;
    const auto after = finished_.upper_bound(offset);
    return after != finished_.begin() && std::prev(after)->second > offset;
}

bool redrive_ledger::has_room_for(std::int64_t offset, std::size_t more) const
{
    // " -N +N", and what the text begins with.
    constexpr std::size_t words = 2 * 21, head = 32;
    const auto now = std::max(progress::to_text(committed_, runs()).size(), head);
    return now + (more + 1) * words <= progress::longest || (offset == committed_ && more == 0);
}

position redrive_ledger::standing() const
{
    return {where_, committed_, progress::to_text(committed_, runs())};
}

void redrive_ledger::add(std::int64_t from, std::int64_t to)
{
    auto after = finished_.upper_bound(from);
    if (after != finished_.begin() && std::prev(after)->second >= from) --after;
    while (after != finished_.end() && after->first <= to) {
        from = std::min(from, after->first);
        to = std::max(to, after->second);
        after = finished_.erase(after);
    }
    if (from <= committed_)
        committed_ = std::max(committed_, to);
    else
        finished_.emplace(from, to);
}

std::vector<progress_run> redrive_ledger::runs() const
{
    std::vector<progress_run> all;
    auto from = committed_;
    for (const auto& [begin, end] : finished_) {
        all.push_back({from, begin});
        all.push_back({begin, end, true});
        from = end;
    }
    return all;
}

}  // namespace sluice
