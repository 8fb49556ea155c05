#include "sluice/flow/report.hpp"

#include "sluice/base/json_text.hpp"
#include "sluice/flow/context.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <unordered_map>

namespace sluice {
namespace {

blockage blockage_of(const lane& where, const work& first)
{
    const bool parked = where.where == lane::state::parked;
    if (!first.handled) {
        if (parked) return blockage::retry;
        return where.where == lane::state::running ? blockage::running : blockage::queued;
    }
    if (first.buried) return parked ? blockage::dead_letter_refused : blockage::burying;
    return parked ? blockage::send_refused : blockage::sending;
}

void count(partition_report& into, const lane& one)
{
    const auto records = one.queue.size();
    switch (one.where) {
        case lane::state::ready: into.queued += records; break;
        case lane::state::parked: into.parked += records; break;
        case lane::state::running:
            into.running += std::min(one.taken, records);
            into.queued += records - std::min(one.taken, records);
            break;
        case lane::state::spare: break;
    }
}

void describe(partition_report& into, const lane& where, const clock& time)
{
    const auto& first = where.queue.front();
    into.waits_for = blockage_of(where, first);
    if (const auto key = first.what->key()) into.key = printable(*key);
    if (first.about && !first.about->stage().empty()) into.stage = printable(first.about->stage(), 200);
    into.attempt = first.attempt;
    into.age = std::chrono::duration<double>(time.now() - first.since).count();
    if (where.where == lane::state::parked)
        into.until = time.wall() + std::chrono::ceil<std::chrono::milliseconds>(where.until - time.now());
    if (!where.trouble.empty()) into.failure = printable(where.trouble, 200);
}

std::string_view words(blockage what)
{
    switch (what) {
        case blockage::nothing: return "waits for nothing";
        case blockage::queued: return "waits for its turn";
        case blockage::running: return "waits for its handler";
        case blockage::retry: return "waits for its next attempt";
        case blockage::sending: return "waits for what it emitted to be acknowledged";
        case blockage::send_refused: return "waits to send again what it emitted";
        case blockage::burying: return "waits for its dead letter to be acknowledged";
        case blockage::dead_letter_refused: return "waits to send its dead letter again";
        case blockage::finished: return "waits for its commit";
    }
    return {};
}

}  // namespace

std::vector<partition_report> report_on(const assignments& of, const lanes& where, const clock& time)
{
    std::vector<partition_report> all(of.size());
    std::unordered_map<const assignment*, std::size_t> known;
    std::vector<const lane*> oldest(of.size());
    for (std::size_t i = 0; i < of.size(); ++i) known.emplace(of[i].get(), i);

    const auto look = [&](const lane& one) {
        const auto found = known.find(one.of);
        if (found == known.end()) return;
        count(all[found->second], one);
        auto& first = oldest[found->second];
        if (!first || one.queue.front().ticket < first->queue.front().ticket) first = &one;
    };
    where.each(look);

    for (std::size_t i = 0; i < of.size(); ++i) {
        auto& to = all[i];
        const auto& from = *of[i];
        to.topic = from.where.topic;
        to.partition = from.where.partition;
        to.committed = from.committed;
        to.leaving = !from.open;
        to.stuck = from.progress.stuck();
        if (from.finished.idle()) continue;
        to.offset = from.finished.committable();
        to.finished =
            from.finished.size() - std::min<std::uint64_t>(from.finished.size(), to.running + to.queued + to.parked);
        if (oldest[i] && oldest[i]->queue.front().what->offset() == to.offset)
            describe(to, *oldest[i], time);
        else
            to.waits_for = blockage::finished;
    }
    std::ranges::sort(all, {}, [](const auto& one) { return std::tie(one.topic, one.partition); });
    return all;
}

std::string to_text(const partition_report& one)
{
    auto text = fmt::format("{}/{}", one.topic, one.partition);
    if (one.offset) text += fmt::format("@{}", *one.offset);
    if (one.key) text += fmt::format(", key \"{}\",", *one.key);
    text += fmt::format(" {}", words(one.waits_for));
    if (one.stage) text += fmt::format(" ({})", *one.stage);
    if (one.attempt) text += fmt::format(", attempt {}", *one.attempt);
    if (one.age) text += fmt::format(", came {:.1f} s ago", *one.age);
    if (one.failure) text += fmt::format("; it failed with: {}", *one.failure);
    return text;
}

}  // namespace sluice
