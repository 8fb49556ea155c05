#include "simulation/world/ways.hpp"

#include <algorithm>

namespace sluice::testing {
namespace {

using kind = step::kind;

timestamp time_of(const logged& what, std::string_view header)
{
    return timestamp{std::chrono::milliseconds{number_of(what, header).value_or(-1)}};
}

void is_its_source(const facts& known, const logged& copy, const place& from, complaints& how)
{
    const auto sources = known.log.partitions_of(from.where.topic).value_or(0) > from.where.partition
                             ? known.log.read(from.where, from.offset)
                             : std::span<const logged>{};
    if (from.where.topic != known.rules.input || sources.empty() || sources.front().offset != from.offset) {
        how.emplace_back("it came of no record");
        return;
    }
    const auto& source = sources.front();
    if (source.key != copy.key || source.value != copy.value) how.emplace_back("its bytes differ from its source's");
    for (const auto& header : source.headers)
        if (!std::ranges::count(copy.headers, header)) how.emplace_back("it lacks " + header.name);
}

}  // namespace

void dead_letters_are_their_sources(const facts& known, const step& one, complaints& how)
{
    if (one.what != kind::appended || one.where.topic != known.rules.dead_letters) return;
    const auto& letter = known.record_at(one.where, one.offset);
    const auto from = buried_of(letter);
    is_its_source(known, letter, from, how);
    if (!how.empty()) return;
    const auto reason = letter.header("sluice-error-class");
    if (reason == "expired" && deadline_of(letter)) return;
    const bool early = reason == "exhausted" && known.may_be_exhausted(from);
    if (reason != known.rules.buried(letter) && !early) how.push_back("its class is " + reason.value_or("none"));
    if (reason == "exhausted" && number_of(letter, "sluice-attempt") != known.rules.attempts)
        how.emplace_back("it is exhausted after " + letter.header("sluice-attempt").value_or("no") + " attempts");
    if (!known.failed_at(from, 0, time_of(letter, "sluice-first-failure")))
        how.emplace_back("it tells another first failure");
}

void detours_are_true(const facts& known, const step& one, complaints& how)
{
    const auto& topics = known.rules.retries;
    const auto topic = std::ranges::find(topics, one.where.topic);
    if (topic == topics.end() || (one.what != kind::started && one.what != kind::appended)) return;
    const auto number = static_cast<int>(topic - topics.begin()) + 1;
    const auto& record = known.record_at(one.where, one.offset);
    const auto due = time_of(record, "sluice-not-before");
    if (one.what == kind::started) {
        const duration delay = known.rules.delays[static_cast<std::size_t>(number - 1)];
        if (known.rules.wall(one.when) < due) how.emplace_back("it starts before its time");
        if (const auto late = known.late(one); late > std::max<duration>(delay / 10, std::chrono::milliseconds{250}))
            how.push_back("it starts " + std::to_string(late->count() / 1'000'000) + " ms too late");
        return;
    }
    is_its_source(known, record, detoured_of(record), how);
    if (number_of(record, "sluice-attempt") != number) how.emplace_back("a detour with another number of attempts");
    const auto from = detoured_of(record);
    if (!known.failed_at(from, number - 1, due - known.rules.delays[static_cast<std::size_t>(number - 1)]))
        how.emplace_back("a detour whose time is not the failure's and the delay");
    if (!known.failed_at(from, 0, time_of(record, "sluice-first-failure")))
        how.emplace_back("it tells another first failure");
}

void first_failures_are_remembered(const facts& known, const step& one, complaints& how)
{
    if (one.what != kind::commit_asked || one.note.empty()) return;
    progress::reader before{known.view(one).recalled};
    for (const auto& run : progress::from_text(one.offset, one.note))
        for (const auto& record : known.log.read(one.where, run.from)) {
            if (record.offset >= run.to) break;
            const auto recalled = before.at(record.offset);
            if (run.failures == 0 || recalled.failures == 0 || recalled.first_failure == run.first_failure) continue;
            how.push_back(to_string(place{one.where, record.offset}) + " is noted with another first failure");
        }
}

void nothing_is_executed_after_its_deadline(const facts& known, const step& one, complaints& how)
{
    if (one.what != kind::started) return;
    const auto deadline = deadline_of(known.record_at(one.where, one.offset));
    if (deadline && known.rules.wall(one.when) >= *deadline) how.emplace_back("its deadline had passed");
}

void what_was_refused_is_not_there(const facts& known, const step& one, complaints& how)
{
    const auto& mode = known.rules.mode;
    if (one.what == kind::appended && one.who != 0 && mode != delivery::exactly_once && !known.may_be_there(one))
        how.emplace_back("a send that was refused is in the log");
    if (one.what == kind::send_failed && is_surely_not(one) && !known.may_be_there(one))
        how.emplace_back("it is told that it is not in the log, and it is");
    if (one.what == kind::transaction_answered && is_surely_not(one) && known.in_transaction(one.who) > 0)
        how.emplace_back("records of an aborted transaction are in the log");
}

}  // namespace sluice::testing
