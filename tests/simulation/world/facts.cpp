#include "simulation/world/facts.hpp"

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace sluice::testing {
namespace {

using kind = step::kind;

template <class Integer>
Integer big_endian(const std::optional<std::string>& bytes)
{
    Integer value{};
    if (!bytes || bytes->size() != sizeof value) return -1;
    std::memcpy(&value, bytes->data(), sizeof value);
    return boost::endian::big_to_native(value);
}

}  // namespace

std::string to_string(const place& what)
{
    return what.where.topic + '/' + std::to_string(what.where.partition) + '@' + std::to_string(what.offset);
}

std::string output_of(const place& what, int ordinal)
{
    return to_string(what) + '#' + std::to_string(ordinal);
}

std::string output_key(std::string_view key, int ordinal)
{
    return std::string{key} + std::string(static_cast<std::size_t>(ordinal), '\'');
}

place origin_of(const logged& output)
{
    const std::string_view text = *output.value;
    const auto slash = text.find('/'), at = text.find('@');
    place origin{{std::string{text.substr(0, slash)}, 0}, 0};
    std::from_chars(text.data() + slash + 1, text.data() + at, origin.where.partition);
    std::from_chars(text.data() + at + 1, text.data() + text.size(), origin.offset);
    return origin;
}

place buried_of(const logged& dead_letter)
{
    return {{dead_letter.header("kafka_dlt-original-topic").value_or(""),
             big_endian<std::int32_t>(dead_letter.header("kafka_dlt-original-partition"))},
            big_endian<std::int64_t>(dead_letter.header("kafka_dlt-original-offset"))};
}

const member_view& facts::view(const step& one) const
{
    static const member_view nothing;
    const auto known = views_.find({one.who, one.where});
    return known == views_.end() ? nothing : known->second;
}

bool facts::emitted(const place& what) const
{
    const auto due = rules.emits(record_at(what.where, what.offset));
    const auto known = emitted_.find(what);
    return due == 0 || (known != emitted_.end() && std::ssize(known->second) == due);
}

bool facts::emitted(const place& what, const std::string& value) const
{
    const auto known = emitted_.find(what);
    return known != emitted_.end() && known->second.contains(value);
}

std::optional<std::int64_t> facts::first_unfinished(const topic_partition& where) const
{
    const auto all = log.read(where);
    const auto done = finished_.find(where);
    auto& prefix = prefix_[where];
    while (prefix < all.size() && done != finished_.end() && done->second.contains(all[prefix].offset)) ++prefix;
    return prefix < all.size() ? std::optional{all[prefix].offset} : std::nullopt;
}

bool facts::finished(const place& what) const
{
    const auto done = finished_.find(what.where);
    return done != finished_.end() && done->second.contains(what.offset);
}

int facts::failures(const place& what) const
{
    const auto known = failures_.find(what);
    return known == failures_.end() ? 0 : known->second;
}

std::int64_t facts::committed(const topic_partition& where) const
{
    const auto known = committed_.find(where);
    return known == committed_.end() ? 0 : known->second;
}

std::int64_t facts::least_commit(const topic_partition& where) const
{
    const auto known = least_commit_.find(where);
    return known == least_commit_.end() ? 0 : known->second;
}

std::string facts::lane_of(const place& what) const
{
    if (rules.effects == run_rules::order::none) return "";
    if (rules.effects == run_rules::order::partition) return "all";
    return record_at(what.where, what.offset).key.value_or("");
}

const logged& facts::record_at(const topic_partition& where, std::int64_t offset) const
{
    return log.read(where, offset).front();
}

int facts::owed(const step& send) const
{
    const auto known = owed_.find({send.where.topic, send.note});
    return known == owed_.end() ? 0 : known->second;
}

std::int64_t facts::last(const lanes& of, const place& what) const
{
    const auto known = of.find({what.where, lane_of(what)});
    return known == of.end() ? -1 : known->second;
}

void facts::raise(lanes& of, const place& what) const
{
    auto& last = of.try_emplace({what.where, lane_of(what)}, -1).first->second;
    last = std::max(last, what.offset);
}

void facts::learn(const step& one)
{
    if (is_dead(one.who)) return;
    using state = member_view::state;
    const std::pair mine{one.who, one.where};
    const auto told = [&](state where) {
        auto& view = views_[mine];
        view.where = where;
        view.told = one.when;
    };
    switch (one.what) {
        case kind::appended: appended(one); break;
        case kind::assigned: views_[mine] = {.where = state::ours, .told = one.when}; break;
        case kind::accepted:
            views_[mine].next = one.offset;
            views_[mine].recalled = progress::from_text(one.offset, noted_[one.where]);
            break;
        case kind::sought:
            views_[mine].next = one.offset;
            views_[mine].asked.reset();
            least_commit_[one.where] = std::min(least_commit(one.where), one.offset);
            break;
        case kind::delivered: views_[mine].next = one.offset + 1; break;
        case kind::revoked: told(state::leaving); break;
        case kind::lost: told(state::lost); break;
        case kind::given_up: views_[mine] = {.told = one.when}; break;
        case kind::commit_asked: views_[mine].asked = one.offset; break;
        case kind::committed:
            committed_[one.where] = least_commit_[one.where] = one.offset;
            noted_[one.where] = one.note;
            break;
        case kind::send_asked: --owed_[{one.where.topic, one.note}]; break;
        case kind::send_failed: ++owed_[{one.where.topic, one.note.substr(0, one.note.find(':'))}]; break;
        case kind::started:
            views_[mine].running[one.offset] = lane_of({one.where, one.offset});
            ++views_[mine].attempts[one.offset];
            started_.insert({one.where, one.offset});
            break;
        case kind::succeeded:
        case kind::failed:
            ended(one);
            if (one.note == outage) ++views_[mine].excused[one.offset];
            [[fallthrough]];
        case kind::cut_short: views_[mine].running.erase(one.offset); break;
        case kind::closed: std::erase_if(views_, [&](const auto& view) { return view.first.first == one.who; }); break;
        case kind::died: dead_.insert(one.who); break;
        default: break;
    }
}

void facts::appended(const step& one)
{
    if (one.where.topic != rules.output && one.where.topic != rules.dead_letters) return;
    const auto& record = record_at(one.where, one.offset);
    if (one.where.topic == rules.dead_letters) {
        const auto origin = buried_of(record);
        buried_.insert(origin);
        finish(origin);
    } else {
        const auto origin = origin_of(record);
        emitted_[origin].insert(*record.value);
        raise(outputs_, origin);
        if (handled(origin) && emitted(origin)) finish(origin);
    }
}

void facts::ended(const step& one)
{
    const place what{one.where, one.offset};
    const auto& record = record_at(one.where, one.offset);
    const auto key = record.key.value_or("");
    if (one.what == kind::failed) {
        ++failures_[what];
        ++owed_[{rules.dead_letters, key + '=' + record.value.value_or("")}];
        return;
    }
    handled_.insert(what);
    raise(effects_, what);
    for (int ordinal = 0; ordinal < rules.emits(record); ++ordinal)
        ++owed_[{rules.output, output_key(key, ordinal) + '=' + output_of(what, ordinal)}];
    if (emitted(what)) finish(what);
}

void facts::finish(const place& what)
{
    finished_[what.where].insert(what.offset);
}

}  // namespace sluice::testing
