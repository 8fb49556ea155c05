#include "sluice/testing/simulated_history.hpp"

#include <cstdio>
#include <span>

namespace sluice::testing {

std::string_view to_string(step::kind what) noexcept
{
    using enum step::kind;
    switch (what) {
        case appended: return "appended";
        case send_asked: return "send asked";
        case send_answered: return "send answered";
        case send_failed: return "send failed";
        case assigned: return "assigned";
        case accepted: return "accepted";
        case sought: return "sought";
        case delivered: return "delivered";
        case revoked: return "revoked";
        case lost: return "lost";
        case given_up: return "given up";
        case commit_asked: return "commit asked";
        case committed: return "committed";
        case commit_answered: return "commit answered";
        case transaction_asked: return "transaction asked";
        case transaction_answered: return "transaction answered";
        case closed: return "closed";
        case died: return "died";
        case started: return "handler started";
        case succeeded: return "handler succeeded";
        case failed: return "handler failed";
        case cut_short: return "handler cut short";
    }
    return "unknown";
}

std::string to_string(const step& what)
{
    char line[96];
    const auto at = std::chrono::duration<double>(what.when.time_since_epoch()).count();
    std::snprintf(line, sizeof line, "%12.6f s  #%-2d %-18s ", at, what.who, to_string(what.what).data());
    auto text = std::string{line} + what.where.topic;
    if (!what.where.topic.empty()) text += '/' + std::to_string(what.where.partition);
    if (what.offset >= 0) text += '@' + std::to_string(what.offset);
    if (!what.note.empty()) text += "  " + what.note;
    return text;
}

void simulated_history::add(step::kind what, int who, const topic_partition& where, std::int64_t offset,
                            std::string note)
{
    steps_.push_back({time_.now(), what, who, where, offset, std::move(note)});
}

std::string simulated_history::tail(std::size_t count, std::size_t until) const
{
    std::string text;
    const auto some = std::span{steps_}.first(std::min(until, steps_.size()));
    for (const auto& one : some.last(std::min(count, some.size()))) text += to_string(one) + '\n';
    return text;
}

}  // namespace sluice::testing
