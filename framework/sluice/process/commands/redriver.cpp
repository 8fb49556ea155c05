#include "sluice/process/commands/redriver.hpp"

#include "sluice/base/json_text.hpp"
#include "sluice/base/rfc3339.hpp"
#include "sluice/flow/dead_letter.hpp"
#include "sluice/process/commands/letter_text.hpp"
#include "sluice/process/commands/record_text.hpp"
#include "sluice/record/record_id.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <set>

namespace sluice {
namespace {

// Sent together, and noted together: what a crash in between can repeat.
constexpr std::int64_t handful_size = 100;

failure too_scattered(const record& letter)
{
    return failure{
        error{errc::overloaded,
              fmt::format("{}/{}: too many letters were redriven between others that were not, and no more "
                          "can be noted beyond offset {}: redrive the older ones first (--offset {}/0..{})",
                          letter.topic(), letter.partition(), letter.offset(), letter.partition(), letter.offset())}};
}

}  // namespace

std::string audit_line(const record& letter, const provenance& from, const redrive_audit& what, timestamp now)
{
    std::string line = fmt::format(R"({{"time":"{}","outcome":"{}","letter":"{}/{}/{}",)", to_rfc3339(now),
                                   what.outcome, letter.topic(), letter.partition(), letter.offset());
    append_json_member(line, "id", record_id::of(letter).text());
    line += ',';
    append_json_member(line, "key", letter.key());
    const std::pair<std::string_view, std::string> texts[]{
        {"from", source_text(from)}, {"reason", from.reason}, {"error_class", from.error_type},
        {"handler", from.handler},   {"to", what.to},         {"why", what.why}};
    for (const auto& [name, text] : texts) {
        if (text.empty()) continue;
        line += ',';
        append_json_member(line, name, text);
    }
    return line + fmt::format(R"(,"redrives":{}}})", from.redrives + (what.outcome == "redriven" ? 1LL : 0LL));
}

positions redriver::start(const std::vector<kafka::partition_range>& logs, const positions& committed)
{
    positions from;
    for (const auto& one : committed) {
        const auto log = std::ranges::find(logs, one.where, &kafka::partition_range::where);
        redrive_ledger ledger{log == logs.end() ? 0 : log->begin, one};
        from.push_back({one.where, ledger.start(), {}});
        ledgers_.insert_or_assign(one.where, std::move(ledger));
    }
    return from;
}

redrive_ledger& redriver::ledger_of(const record& letter)
{
    return ledgers_.at({std::string{letter.topic()}, letter.partition()});
}

awaitable<bool> redriver::redrive(std::vector<record> letters, cancellation_token stop)
{
    const auto most = how_.rate > 0 ? std::clamp<std::int64_t>(how_.rate / 10, 1, handful_size) : handful_size;
    if (!began_) began_ = clock::of(co_await asio::this_coro::executor).now();
    std::vector<decided> handful;
    for (const auto& letter : letters) {
        auto from = provenance_of(letter);
        auto& ledger = ledger_of(letter);
        const bool before = ledger.meet(letter.offset());
        if (!with_.filter.takes(letter, from)) continue;
        if (before) {
            ++totals_.before;
            continue;
        }
        std::string why = refusal(letter, from);
        std::optional<redrive_target> to;
        if (why.empty()) to = co_await target(letter, from, why);
        if (!to) {
            ++totals_.refused;
            tell(letter, from, {"refused", {}, why});
            continue;
        }
        auto again = make_redrive(letter, from, *to);
        if (!ledger.has_room_for(letter.offset(), handful.size())) {
            const bool sent = co_await send(std::exchange(handful, {}));
            if (!sent) co_return false;
            if (!ledger.has_room_for(letter.offset(), 0)) throw too_scattered(letter);
        }
        handful.push_back({&letter, std::move(from), std::move(again)});
        const auto count = static_cast<std::int64_t>(handful.size());
        const bool enough = how_.limit > 0 && totals_.redriven + count >= how_.limit;
        if (!enough && count < most) continue;
        const bool sent = co_await send(std::exchange(handful, {}));
        if (enough || !sent) co_return false;
        co_await pause(stop);
        if (stop.cancelled()) co_return false;
    }
    co_return co_await send(std::move(handful));
}

awaitable<> redriver::pause(cancellation_token stop)
{
    if (how_.rate == 0) co_return;
    const auto due = *began_ + std::chrono::nanoseconds{std::chrono::seconds{totals_.redriven}} / how_.rate;
    try {
        co_await run_under(stop, sleep_until(due));
    } catch (const boost::system::system_error&) {
        // Asked to stop, which the caller sees.
    }
}

std::string redriver::refusal(const record& letter, const provenance& from) const
{
    if (from.redrives >= how_.max_redrives)
        return fmt::format("it was redriven {} times and failed each time: --max-redrives {} lets it go once more",
                           from.redrives, from.redrives + 1LL);
    const auto group = redrive_group(letter, from);
    if (!how_.to_source)
        return group ? ""
                     : fmt::format(
                           "Sluice's headers do not say whose letter it is (by {}), so that no group alone can "
                           "be asked: --to-source --from TOPIC sends it to all that read the topic",
                           to_string(from.maker));
    if (from.topic.empty()) return "its headers do not say which topic it came from";
    if (!group && std::ranges::find(how_.sources, from.topic) == how_.sources.end())
        return fmt::format("only its headers say that it came from {}: --from {} confirms it", from.topic, from.topic);
    return {};
}

awaitable<std::optional<redrive_target>> redriver::target(const record& letter, const provenance& from,
                                                          std::string& why)
{
    redrive_target to{.topic = from.topic, .partitions = {}, .source = how_.to_source};
    if (!to.source) to.topic = retry_topic(from.topic, from.group, {});
    const auto count = co_await partitions_of(to.topic, from, letter.topic());
    if (count == 0) {
        why = fmt::format("there is no topic {}", to.topic);
        co_return std::nullopt;
    }
    to.partitions = count;
    co_return to;
}

awaitable<std::int32_t> redriver::count_partitions(std::string topic)
{
    std::vector<std::string> one(1, topic);
    const auto found = co_await with_.cluster.topics(std::move(one));
    if (!found && found.error() == errc::not_found) co_return 0;
    co_return static_cast<std::int32_t>(found.value().size());
}

awaitable<std::int32_t> redriver::partitions_of(std::string topic, const provenance& from, std::string_view letters)
{
    if (const auto known = topics_.find(topic); known != topics_.end()) co_return known->second;
    auto count = co_await count_partitions(topic);
    if (count == 0 && !how_.to_source) {
        count = co_await count_partitions(from.topic);
        if (count == 0) count = co_await count_partitions(std::string{letters});
        if (!how_.dry_run) co_await create(topic, count);
    }
    topics_[topic] = count;
    co_return count;
}

awaitable<> redriver::create(std::string topic, std::int32_t partitions)
{
    needed_topic wanted{topic, {.partitions = partitions}, needed_topic::use::retries};
    for (const auto& declared : needed_topics(choose(with_.call.what.roles, {})))
        if (declared.name() == topic) wanted = declared;
    const auto done = co_await with_.cluster.ensure(std::vector<topic_declaration>(1, wanted));
    if (!done)
        throw failure{error{done.error().code, fmt::format("the topic {} does not exist and could not be created ({}): "
                                                           "create it with {} partitions, and try again",
                                                           topic, done.error().message(), partitions)}};
    with_.call.process.log.info("created {} with {} partitions", topic, partitions);
}

awaitable<bool> redriver::send(std::vector<decided> handful)
{
    if (how_.dry_run) {
        for (const auto& one : handful) tell(*one.letter, one.from, {"dry-run", one.again.topic, {}});
        totals_.redriven += static_cast<std::int64_t>(handful.size());
        co_return true;
    }
    std::vector<outgoing> records;
    for (auto& one : handful) records.push_back(std::move(one.again));
    const auto results = co_await with_.out.send_all(std::move(records));
    std::set<topic_partition> touched;
    bool all_sent = true;
    for (std::size_t i = 0; i < handful.size(); ++i) {
        const auto& [letter, from, again] = handful[i];
        if (const auto& at = results[i]) {
            ++totals_.redriven;
            ledger_of(*letter).finish(letter->offset());
            touched.insert({std::string{letter->topic()}, letter->partition()});
            tell(*letter, from,
                 {"redriven", fmt::format("{}/{}/{}", at->where.topic, at->where.partition, at->offset), {}});
        } else {
            ++totals_.failed;
            all_sent = false;
            tell(*letter, from, {"failed", {}, at.error().message()});
        }
    }
    positions standing;
    for (const auto& where : touched) standing.push_back(ledgers_.at(where).standing());
    if (!standing.empty()) co_await with_.note(std::move(standing));
    co_return all_sent;
}

void redriver::tell(const record& letter, const provenance& from, const redrive_audit& what) const
{
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    with_.audit(audit_line(letter, from, what, now));
}

}  // namespace sluice
