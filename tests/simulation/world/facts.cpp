#include "simulation/world/facts.hpp"

#include <algorithm>

namespace sluice::testing {
namespace {

using kind = step::kind;

}  // namespace

const member_view& facts::view(const step& one) const
{
    static const member_view nothing;
    const auto known = views_.find({one.who, one.where});
    return known == views_.end() ? nothing : known->second;
}

place facts::origin(const place& what) const
{
    return what.where.topic == rules.input ? what : detoured_of(record_at(what.where, what.offset));
}

int facts::level(const place& what) const
{
    if (what.where.topic == rules.input) return 0;
    return static_cast<int>(number_of(record_at(what.where, what.offset), "sluice-attempt").value_or(0));
}

bool facts::failed_at(const place& origin, int level, timestamp when) const
{
    const auto known = failed_at_.find({origin, level});
    return known != failed_at_.end() && known->second.contains(when);
}

bool facts::emitted(const place& origin) const
{
    const auto due = rules.emits(record_at(origin.where, origin.offset));
    const auto known = emitted_.find(origin);
    return due == 0 || (known != emitted_.end() && std::ssize(known->second) == due);
}

bool facts::emitted(const place& origin, const std::string& value) const
{
    const auto known = emitted_.find(origin);
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

bool facts::may_be_there(const step& one) const
{
    const auto known = outstanding_.find(send_of(one));
    return known != outstanding_.end() && known->second > 0;
}

void facts::note_load(const step& one)
{
    switch (one.what) {
        case kind::assigned:
        case kind::accepted:
        case kind::revoked:
        case kind::lost:
        case kind::given_up: moved_[one.where] = one.when; break;
        case kind::started: ++running_[one.who]; break;
        case kind::succeeded:
        case kind::failed:
        case kind::cut_short:
            if (running_[one.who]-- >= rules.running) busy_[one.who] = one.when;
            break;
        default: break;
    }
}

std::optional<duration> facts::late(const step& started) const
{
    const auto partition = due_.find(started.where);
    if (partition == due_.end() || !rules.punctual_from) return std::nullopt;
    const auto known = partition->second.find(started.offset);
    if (known == partition->second.end() || log.read(started.where).size() >= rules.ahead) return std::nullopt;
    const auto due = known->second;
    const auto since = [&due](const auto& all, const auto& key, auto when) {
        const auto last = all.find(key);
        return last != all.end() && when(last->second) >= due;
    };
    const auto wall = [this](time_point when) { return rules.wall(when); };
    if (due < wall(*rules.punctual_from) || view(started).attempts.contains(started.offset)) return std::nullopt;
    if (since(moved_, started.where, [&](time_point when) { return wall(when + std::chrono::seconds{1}); }) ||
        since(busy_, started.who, wall))
        return std::nullopt;
    return wall(started.when) - due;
}

facts::send_name facts::send_of(const step& one) const
{
    if (one.what != kind::appended) return {one.who, one.where.topic, one.note.substr(0, one.note.find(':'))};
    const auto& record = record_at(one.where, one.offset);
    return {one.who, one.where.topic, record.key.value_or("") + '=' + record.value.value_or("")};
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
    note_load(one);
    using state = member_view::state;
    const std::pair mine{one.who, one.where};
    const auto told = [&](state where) {
        auto& view = views_[mine];
        view.where = where;
        view.told = one.when;
    };
    switch (one.what) {
        case kind::appended:
            if (one.who != 0) --outstanding_[send_of(one)];
            if (one.who != 0) ++in_transaction_[one.who];
            appended(one);
            break;
        case kind::transaction_answered: in_transaction_.erase(one.who); break;
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
        case kind::send_asked:
            --owed_[{one.where.topic, one.note}];
            ++outstanding_[send_of(one)];
            break;
        case kind::send_failed: {
            const auto name = send_of(one);
            ++owed_[{one.where.topic, std::get<2>(name)}];
            if (is_surely_not(one)) --outstanding_[name];
            break;
        }
        case kind::started:
            views_[mine].running[one.offset] = lane_of({one.where, one.offset});
            ++views_[mine].attempts[one.offset];
            started_.insert({one.where, one.offset});
            break;
        case kind::succeeded:
        case kind::failed:
            ended(one);
            charged_.ended(one.who, origin({one.where, one.offset}), one.note != outage);
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
    const auto& topic = one.where.topic;
    if (topic == rules.input) {
        copies_[{one.where, one.offset}].insert({one.where, one.offset});
        return;
    }
    const auto& record = record_at(one.where, one.offset);
    if (topic == rules.output) {
        const auto origin = origin_of(record);
        emitted_[origin].insert(*record.value);
        raise(outputs_, origin);
        if (const auto at = handled_at_.find(origin); at != handled_at_.end() && emitted(origin))
            for (const auto& copy : at->second) finish(copy);
        return;
    }
    const auto before = static_cast<int>(number_of(record, "sluice-attempt").value_or(0));
    if (topic == rules.dead_letters) {
        const auto origin = buried_of(record);
        buried_.insert(origin);
        if (rules.retries.empty()) return finish(origin);
        const bool expired = record.header("sluice-error-class") == "expired";
        finish_copies(origin, before - 1, !expired);
        if (expired) finish_copies(origin, before, false);
    } else if (std::ranges::count(rules.retries, topic) > 0) {
        const auto origin = detoured_of(record);
        copies_[origin].insert({one.where, one.offset});
        auto& due = due_[one.where];
        auto when = rules.wall(one.when);
        if (const auto ms = number_of(record, "sluice-not-before"))
            when = std::max(when, timestamp{std::chrono::milliseconds{*ms}});
        if (!due.empty()) when = std::max(when, due.rbegin()->second);
        due.emplace_hint(due.end(), one.offset, when);
        finish_copies(origin, before - 1, true);
    }
}

void facts::ended(const step& one)
{
    const place what{one.where, one.offset};
    const auto& record = record_at(one.where, one.offset);
    const auto text = record.key.value_or("") + '=' + record.value.value_or("");
    if (one.what == kind::failed) {
        ++failures_[what];
        const auto before = level(what);
        failed_at_[{origin(what), before}].insert(rules.wall(one.when));
        ++owed_[{rules.dead_letters, text}];
        if (before < std::ssize(rules.retries)) ++owed_[{rules.retries[static_cast<std::size_t>(before)], text}];
        return;
    }
    const auto source = origin(what);
    handled_.insert(what);
    handled_at_[source].insert(what);
    raise(effects_, what);
    for (int ordinal = 0; ordinal < rules.emits(record); ++ordinal)
        ++owed_[{rules.output, output_key(record.key.value_or(""), ordinal) + '=' + output_of(source, ordinal)}];
    if (emitted(source)) finish(what);
}

void facts::finish_copies(const place& origin, int level, bool failed_only)
{
    for (const auto& copy : copies_[origin])
        if (this->level(copy) == level && (!failed_only || failures(copy) > 0)) finish(copy);
}

void facts::finish(const place& what)
{
    finished_[what.where].insert(what.offset);
}

}  // namespace sluice::testing
