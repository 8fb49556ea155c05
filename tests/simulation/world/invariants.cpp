#include "simulation/world/invariants.hpp"

#include "simulation/world/ways.hpp"

#include <algorithm>

namespace sluice::testing {
namespace {

using kind = step::kind;
using state = member_view::state;

// A member knows from the turn on in which it was told.
bool is_past(const member_view& view, const step& one)
{
    return view.where == state::none || one.when > view.told;
}

void acknowledged_is_in_the_log(const facts& known, const step& one, complaints& how)
{
    if (one.what != kind::send_answered) return;
    const auto there = known.log.read(one.where, one.offset);
    if (there.empty() || there.front().offset != one.offset) how.emplace_back("acknowledged, and not in the log");
}

void one_value_at_each_offset(const facts& known, const step& one, complaints& how)
{
    if (one.what != kind::started) return;
    const auto value = *known.record_at(one.where, one.offset).value;
    if (!one.note.starts_with(value + ',')) how.emplace_back("the log has " + value + " there");
}

void no_duplicate_of_an_acknowledged_send(const facts& known, const step& one, complaints& how)
{
    // The dead letter of a record that has expired is owed without a failure.
    const bool may_expire = known.rules.deadlines && one.where.topic == known.rules.dead_letters;
    if (one.what == kind::send_asked && known.owed(one) <= 0 && !may_expire)
        how.emplace_back("sent again, or without a reason");
}

void outputs_of_a_key_are_in_order(const facts& known, const step& one, complaints& how)
{
    if (one.what != kind::appended || one.where.topic != known.rules.output) return;
    const auto& output = known.record_at(one.where, one.offset);
    const auto origin = origin_of(output);
    // What has expired is not repeated before the others, and what a former owner had sent of it may still come.
    if (known.emitted(origin, *output.value) || known.lane_of(origin).empty() || known.buried(origin)) return;
    if (const auto last = known.last_output(origin); origin.offset < last)
        how.emplace_back("emitted after the output of @" + std::to_string(last));
}

void delivery_is_contiguous(const facts& known, const step& one, complaints& how)
{
    if (one.what != kind::delivered) return;
    const auto& view = known.view(one);
    if (!view.next || known.record_at(one.where, *view.next).offset != one.offset)
        how.emplace_back("not the next record");
}

void commits_pass_nothing_unfinished(const facts& known, const step& one, complaints& how)
{
    if (one.what != kind::commit_asked) return;
    const auto first = known.first_unfinished(one.where);
    if (first && one.offset > *first) how.emplace_back("the commit passes @" + std::to_string(*first));
}

// What a transaction finishes was handled, or is to be a dead letter; both are in it.
void transactions_pass_nothing_unfinished(const facts& known, const step& one, complaints& how)
{
    if (one.what != kind::transaction_asked) return;
    for (const auto& record : known.log.read(one.where, known.committed(one.where))) {
        const place what{one.where, record.offset};
        if (record.offset >= one.offset) break;
        const bool goes_on = known.rules.buried(record) || !known.rules.retries.empty() || known.may_be_exhausted(what);
        if (!known.handled(what) && !(goes_on && known.failures(what) > 0) && !deadline_of(record))
            how.push_back("the transaction passes " + to_string(what));
    }
}

void commits_pass_nothing_unfinished_either_way(const facts& known, const step& one, complaints& how)
{
    if (known.rules.mode == delivery::at_least_once) commits_pass_nothing_unfinished(known, one, how);
    transactions_pass_nothing_unfinished(known, one, how);
}

void commits_only_grow(const facts& known, const step& one, complaints& how)
{
    if (one.what == kind::commit_asked && known.view(one).asked.value_or(0) > one.offset)
        how.emplace_back("a commit below " + std::to_string(*known.view(one).asked));
    if (one.what == kind::committed && one.offset < known.least_commit(one.where))
        how.emplace_back("the group's offset goes back from " + std::to_string(known.committed(one.where)));
}

void nothing_happens_on_what_is_anothers(const facts& known, const step& one, complaints& how)
{
    const auto& view = known.view(one);
    // At most once: what is committed is worked off.
    const bool may_start =
        view.where == state::ours || (view.where == state::leaving && known.rules.mode == delivery::at_most_once);
    if (one.what == kind::started && !may_start && is_past(view, one))
        how.emplace_back("a handler starts on a partition that is not its member's");
    if (one.what == kind::commit_asked && (view.where == state::none || view.where == state::lost) &&
        is_past(view, one))
        how.emplace_back("a commit for a partition that is another's");
    const auto must_be_idle = [&](const member_view& of) {
        for (const auto& [offset, key] : of.running)
            how.emplace_back("given up while the handler of @" + std::to_string(offset) + " runs");
    };
    if (one.what == kind::given_up) must_be_idle(view);
    if (one.what == kind::closed)
        for (const auto& [whose, of] : known.views())
            if (whose.first == one.who) must_be_idle(of);
}

void once(const facts& known, const step& one, complaints& how)
{
    if (one.what == kind::commit_asked && known.rules.mode == delivery::exactly_once)
        how.emplace_back("a commit outside of a transaction");
    if (one.what != kind::started || known.rules.mode != delivery::at_most_once) return;
    if (known.started({one.where, one.offset})) how.emplace_back("a handler starts again");
    if (one.offset >= known.committed(one.where)) how.emplace_back("a handler starts before the commit");
}

void everything_comes_out_once(const facts& known, complaints& how)
{
    if (known.rules.mode != delivery::exactly_once) return;
    std::map<std::string, int> copies;
    for (const auto& where : known.log.all_of(known.rules.output))
        for (const auto& record : known.log.read(where)) ++copies[*record.value];
    for (const auto& where : known.log.all_of(known.rules.dead_letters))
        for (const auto& record : known.log.read(where)) ++copies["the dead letter of " + to_string(buried_of(record))];
    for (const auto& topic : known.rules.retries)
        for (const auto& where : known.log.all_of(topic))
            for (const auto& record : known.log.read(where)) ++copies[topic + " of " + to_string(detoured_of(record))];
    for (const auto& [what, count] : copies)
        if (count > 1) how.push_back(what + " is there " + std::to_string(count) + " times");
}

void a_restart_goes_on_at_the_commit(const facts& known, const step& one, complaints& how)
{
    if (one.what == kind::accepted && one.offset != known.committed(one.where))
        how.emplace_back("the group stands at " + std::to_string(known.committed(one.where)));
}

progress::reader::known recalled(const facts& known, const step& one)
{
    return progress::reader{known.view(one).recalled}.at(one.offset);
}

void nothing_finished_is_run_again(const facts& known, const step& one, complaints& how)
{
    a_restart_goes_on_at_the_commit(known, one, how);
    if (one.what == kind::started && recalled(known, one).finished)
        how.emplace_back("the commit that it goes on from calls it finished");
    if (one.what != kind::commit_asked) return;
    for (const auto& run : progress::from_text(one.offset, one.note))
        for (const auto& record : known.log.read(one.where, run.from)) {
            if (record.offset >= run.to) break;
            const place what{one.where, record.offset};
            if (run.finished && !known.finished(what)) how.push_back(to_string(what) + " is called finished");
            if (run.failures > known.failures(what)) how.push_back(to_string(what) + " has not failed so often");
        }
}

void effects_of_a_key_are_in_order(const facts& known, const step& one, complaints& how)
{
    const place what{one.where, one.offset};
    if (one.what == kind::started) {
        const auto lane = known.lane_of(what);
        for (const auto& [offset, other] : known.view(one).running)
            if (!lane.empty() && other == lane) how.emplace_back("runs beside @" + std::to_string(offset));
    }
    // At most once, an owner that has not heard of its loss yet is not repeated by the next.
    if (known.rules.mode == delivery::at_most_once) return;
    if (one.what != kind::succeeded || known.handled(what) || known.lane_of(what).empty() || known.buried(what)) return;
    if (const auto last = known.last_effect(what); what.offset < last)
        how.emplace_back("its effect comes after that of @" + std::to_string(last));
}

// What expires may have been handled before, in an attempt that a crash made nothing of.
void handled_or_dead_lettered(const facts& known, complaints& how)
{
    for (const auto& where : known.log.all_of(known.rules.input))
        for (const auto& record : known.log.read(where)) {
            const place what{where, record.offset};
            const bool handled = known.handled_anywhere(what) && known.emitted(what);
            const bool buried = known.buried(what);
            const bool poison = known.rules.buried(record).has_value();
            const bool either = deadline_of(record) || known.may_be_exhausted(what);
            if (either ? handled || buried : handled != poison && buried == poison) continue;
            how.push_back(to_string(what) + (handled ? " is handled" : " is not handled") +
                          (buried ? " and dead-lettered" : " and not dead-lettered"));
        }
}

void a_clean_stop_commits_everything(const facts& known, complaints& how)
{
    for (const auto& where : known.group.all()) {
        const auto records = known.log.read(where);
        const auto stands = known.group.committed(where);
        if (!records.empty() && (!stands || stands->offset <= records.back().offset))
            how.push_back(to_string({where, stands ? stands->offset : 0}) + " is committed, the log ends at " +
                          std::to_string(known.log.end(where)));
    }
}

void lag_is_worked_off(const facts& known, complaints& how)
{
    if (const auto lag = known.group.lag(); lag > 0)
        how.push_back(std::to_string(lag) + " records are not committed long after the trouble");
}

// No repeat counts as the first, and none is left out.
void attempts_go_on(const facts& known, const step& one, complaints& how)
{
    if (one.what != kind::started) return;
    const auto& attempts = known.view(one).attempts;
    const auto begun = attempts.find(one.offset);
    const auto before = known.level({one.where, one.offset}) + recalled(known, one).failures;
    const auto most = (begun == attempts.end() ? 0 : begun->second) + before + 1;
    const auto free = known.view(one).excused.find(one.offset);
    const auto least = most - (free == known.view(one).excused.end() ? 0 : free->second);
    const auto number = std::stoi(one.note.substr(one.note.rfind(' ')));
    if (number < least || number > most) how.emplace_back("attempt " + std::to_string(least) + " is due");
}

void attempts_and_first_failures_go_on(const facts& known, const step& one, complaints& how)
{
    attempts_go_on(known, one, how);
    first_failures_are_remembered(known, one, how);
}

void nothing(const facts&, const step&, complaints&) {}

bool repeats(delivery mode)
{
    return mode != delivery::at_most_once;
}

constexpr invariant table[]{
    {"I1", "what was acknowledged is in the log", acknowledged_is_in_the_log},
    {"I2", "one value for each offset", one_value_at_each_offset},
    {"I3", "nothing acknowledged is sent again", no_duplicate_of_an_acknowledged_send},
    {"I4", "what was surely refused or aborted is not in the log", what_was_refused_is_not_there},
    {"I5", "outputs of a key are in the order of its records", outputs_of_a_key_are_in_order, nullptr, repeats},
    {"I6", "within an assignment, delivery is contiguous", delivery_is_contiguous},
    {"I7", "a commit passes nothing unfinished", commits_pass_nothing_unfinished_either_way},
    {"I8", "commits only grow", commits_only_grow},
    {"I9", "nothing starts, runs or commits on a partition that is another's", nothing_happens_on_what_is_anothers},
    {"I10", "exactly once: every output is there once; at most once: no handler runs twice", once,
     everything_comes_out_once},
    {"I11", "an owner goes on where the group stands, and runs nothing that is known to be finished",
     nothing_finished_is_run_again},
    {"I12", "effects of a key are in order, one at a time", effects_of_a_key_are_in_order},
    {"I13", "input = handled + dead-lettered, and a dead letter is its source", dead_letters_are_their_sources,
     handled_or_dead_lettered, repeats},
    {"I14", "after the trouble, lag is worked off", nothing, lag_is_worked_off},
    {"I15", "a clean stop commits everything", nothing, a_clean_stop_commits_everything},
    {"M21", "attempts are counted on, and from the first failure on", attempts_and_first_failures_go_on},
    {"detours", "a detour is its source, counts its attempt, and keeps its time", detours_are_true},
    {"deadlines", "nothing is executed after its deadline", nothing_is_executed_after_its_deadline},
};

}  // namespace

std::span<const invariant> all_invariants()
{
    return table;
}

std::vector<broken_invariant> broken_invariants(const simulated_broker& broker, const simulated_group& group,
                                                const run_rules& rules)
{
    std::vector<broken_invariant> broken;
    facts known{broker.log(), group, rules};
    complaints how;
    std::size_t at = 0;
    const auto report = [&](const invariant& which, const std::string& where) {
        for (auto& one : how) broken.push_back({which.name, std::move(one) + where, at});
        how.clear();
    };
    for (const auto& one : broker.history().steps()) {
        ++at;
        if (known.is_dead(one.who)) continue;
        for (const auto& which : table) {
            if (!which.holds_for(rules.mode)) continue;
            which.see(known, one, how);
            if (!how.empty()) report(which, "\n    " + to_string(one));
        }
        known.learn(one);
    }
    for (const auto& which : table) {
        if (which.at_end && which.holds_for(rules.mode)) which.at_end(known, how);
        report(which, "");
    }
    return broken;
}

}  // namespace sluice::testing
