#include "sluice/process/declared_sinks.hpp"

#include <spdlog/fmt/fmt.h>

namespace sluice {
namespace {

error refusal(const role_entry& entry, const std::string& topic)
{
    return {errc::invalid,
            fmt::format("the role {} writes to {}, which the role table does not declare", entry.name, topic)};
}

awaitable<result<position>> refused(error why)
{
    co_return why;
}

}  // namespace

awaitable<result<position>> declared_sink::send(outgoing what)
{
    if (!entry_.may_send(what.topic)) return refused(refusal(entry_, what.topic));
    return to_.send(std::move(what));
}

awaitable<result<position>> declared_sink::send_until(outgoing what, time_point when)
{
    if (!entry_.may_send(what.topic)) return refused(refusal(entry_, what.topic));
    return sluice::send_until(to_, std::move(what), when);
}

awaitable<std::vector<result<position>>> declared_sink::send_all(std::vector<outgoing> what)
{
    for (const auto& one : what)
        if (!entry_.may_send(one.topic))
            co_return std::vector<result<position>>(what.size(), refusal(entry_, one.topic));
    co_return co_await to_.send_all(std::move(what));
}

awaitable<boost::system::result<void, transaction_error>> declared_transactions::transact(outgoing_batch what,
                                                                                          positions finished,
                                                                                          membership of)
{
    transaction_error undeclared;
    const std::string* allowed = nullptr;  // the topic of the last: the next is mostly the same
    for (std::size_t place = 0; place < what->size(); ++place) {
        const auto& topic = (*what)[place].topic;
        if (allowed && *allowed == topic) continue;
        if (entry_.may_send(topic)) {
            allowed = &topic;
            continue;
        }
        if (undeclared.never.empty()) static_cast<error&>(undeclared) = refusal(entry_, topic);
        undeclared.never.push_back(place);
    }
    if (!undeclared.never.empty()) co_return undeclared;
    co_return co_await to_.transact(std::move(what), std::move(finished), std::move(of));
}

}  // namespace sluice
