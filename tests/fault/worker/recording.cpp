#include "fault/worker/recording.hpp"

#include "sluice/base/json_text.hpp"
#include "sluice/record/record_id.hpp"

#include <algorithm>

namespace fault {
namespace {

using namespace sluice;

std::string list(const partitions& which)
{
    std::string text;
    for (const auto& one : which) text += (text.empty() ? "" : ",") + std::to_string(one.partition);
    return "[" + text + "]";
}

std::string as_json(std::string_view text)
{
    std::string json;
    append_json_string(json, text);
    return json;
}

// {"3":[1042,"metadata"],…}
std::string list(const positions& which)
{
    std::string text;
    for (const auto& one : which)
        text += fmt::format(R"({}"{}":[{},{}])", text.empty() ? "" : ",", one.where.partition, one.offset,
                            as_json(one.metadata));
    return "{" + text + "}";
}

void note(journal& to, const batch& records)
{
    const auto& all = records.records;
    for (auto first = all.begin(); first != all.end();) {
        const auto next = std::find_if(first, all.end(), [&](const record& one) {
            return one.partition() != first->partition() || one.topic() != first->topic();
        });
        to.write(R"("e":"polled","p":{},"from":{},"to":{},"n":{})", first->partition(), first->offset(),
                 std::prev(next)->offset(), next - first);
        first = next;
    }
}

// What a record that leaves the worker says of where it comes from: ours, or a dead letter of a foreign record, whose
// id is "topic/partition/offset".
struct origin {
    bool dead = false;
    std::string at;
};
std::optional<origin> origin_of(const outgoing& what)
{
    const auto value = [&](std::string_view name) -> std::optional<std::string> {
        const auto found = std::ranges::find(what.headers, name, &header::name);
        return found == what.headers.end() ? std::nullopt : found->value;
    };
    if (auto at = value(made_from)) return origin{false, std::move(*at)};
    if (!what.topic.ends_with(".dlt")) return std::nullopt;
    const auto id = value(record_id::header_name).value_or("");
    return origin{true, id.substr(id.find('/') + 1)};
}

void note(journal& to, const std::optional<origin>& from)
{
    if (!from) return;
    const auto slash = from->at.find('/');
    to.write(R"("e":"{}","p":{},"o":{})", from->dead ? "buried" : "sent", from->at.substr(0, slash),
             from->at.substr(slash + 1));
}

}  // namespace

awaitable<event> recording_source::next()
{
    auto what = co_await from_.next();
    if (const auto* records = std::get_if<batch>(&what)) note(journal_, *records);
    if (const auto* ours = std::get_if<assigned>(&what))
        journal_.write(R"("e":"assigned","ps":{})", list(ours->partitions));
    if (const auto* wanted = std::get_if<revoked>(&what))
        journal_.write(R"("e":"revoked","ps":{})", list(wanted->partitions));
    if (const auto* gone = std::get_if<lost>(&what)) journal_.write(R"("e":"lost","ps":{})", list(gone->partitions));
    co_return what;
}

awaitable<result<>> recording_source::give_up(partitions which)
{
    journal_.write(R"("e":"gone","ps":{})", list(which));
    co_return co_await from_.give_up(std::move(which));
}

awaitable<result<>> recording_source::commit(positions finished)
{
    const auto number = ++commits_;
    journal_.write(R"("e":"commit","id":{},"to":{})", number, list(finished));
    auto done = co_await from_.commit(std::move(finished));
    journal_.write(R"("e":"{}","id":{},"why":{})", done ? "committed" : "refused", number,
                   as_json(done ? std::string{} : done.error().message()));
    co_return done;
}

awaitable<> recording_source::close(time_point deadline)
{
    journal_.write(R"("e":"closing")");
    co_await from_.close(deadline);
}

awaitable<result<position>> recording_sink::send(outgoing what)
{
    const auto from = origin_of(what);
    auto done = co_await to_.send(std::move(what));
    if (done) note(journal_, from);
    co_return done;
}

awaitable<std::vector<result<position>>> recording_sink::send_all(std::vector<outgoing> what)
{
    std::vector<std::optional<origin>> from;
    std::ranges::transform(what, std::back_inserter(from), origin_of);
    auto done = co_await to_.send_all(std::move(what));
    for (std::size_t i = 0; i < done.size(); ++i)
        if (done[i]) note(journal_, from[i]);
    co_return done;
}

awaitable<boost::system::result<void, transaction_error>> recording_transactions::transact(outgoing_batch what,
                                                                                           positions finished,
                                                                                           membership of)
{
    const auto id = "t" + std::to_string(++transactions_);
    journal_.write(R"("e":"commit","id":"{}","to":{})", id, list(finished));
    auto done = co_await to_.transact(what, std::move(finished), std::move(of));
    if (done)
        for (const auto& one : *what) note(journal_, origin_of(one));
    journal_.write(R"("e":"{}","id":"{}","why":{})", done ? "committed" : "refused", id,
                   as_json(done ? std::string{} : done.error().message()));
    co_return done;
}

}  // namespace fault
