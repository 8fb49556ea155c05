#include "sluice/testing/simulated_member.hpp"

#include <boost/assert.hpp>

#include <algorithm>

namespace sluice::testing {
namespace {

using kind = step::kind;

const error gone{errc::fatal, "this member was cut off"};

record copy_of(const topic_partition& where, const logged& one)
{
    return record::make(where, one.offset, one.key, one.value, one.headers, one.time);
}

}  // namespace

simulated_member::simulated_member(int id, simulated_group& group, simulated_log& log, simulated_history& history,
                                   const simulated_habits& habits, clock& time)
    : id_{id},
      group_{group},
      log_{log},
      history_{history},
      habits_{habits},
      commits_{time}
{
    group_.join(*this);
}

awaitable<event> simulated_member::next()
{
    for (;;) {
        if (unanswered_.empty()) {
            if (!events_.empty()) {
                auto first = std::move(events_.front());
                events_.pop_front();
                note(first);
                co_return first;
            }
            if (closed_) co_return sluice::closed{};
            if (open_)
                if (auto some = cut()) co_return std::move(*some);
        }
        co_await changed_.wait();
    }
}

void simulated_member::intake(bool open)
{
    open_ = open;
    changed_.wake_all();
}

awaitable<result<positions>> simulated_member::committed(partitions of)
{
    if (dead_) co_return gone;
    if (!unknown_.empty()) {
        auto trouble = std::move(unknown_.front());
        unknown_.pop_front();
        co_return trouble;
    }
    positions at;
    for (auto& where : of)
        if (auto known = group_.committed(where)) at.push_back(std::move(*known));
    co_return at;
}

awaitable<result<>> simulated_member::accept(positions from)
{
    ++generation_;
    partitions which;
    for (const auto& one : from) {
        which.push_back(one.where);
        if (!known_.contains(one.where) || group_.owner(one.where) != this) continue;
        fetching_[one.where].generation = generation_;
        auto& at = fetching_[one.where].next;
        at = one.offset;
        if (one.offset == position::stored) {
            const auto stored = group_.committed(one.where);
            at = stored ? stored->offset : 0;
        }
        history_.add(kind::accepted, id_, one.where, at);
    }
    answered(which);
    co_return result<>{};
}

awaitable<result<>> simulated_member::give_up(partitions which)
{
    partitions back;
    for (const auto& where : which) {
        if (!known_.erase(where)) continue;
        fetching_.erase(where);
        history_.add(kind::given_up, id_, where, -1);
        if (!forfeited_.erase(where)) back.push_back(where);
    }
    group_.given_up(*this, back);
    answered(which);
    co_return result<>{};
}

awaitable<result<>> simulated_member::commit(positions finished)
{
    for (const auto& one : finished) history_.add(kind::commit_asked, id_, one.where, one.offset, one.metadata);
    fate next = scripted_.empty() ? habits_.commit() : scripted_.front();
    if (!scripted_.empty()) scripted_.pop_front();
    const auto after = next.after;
    auto happen = [this, next = std::move(next), finished = std::move(finished), asked = generation_] {
        auto answer = arrived(next, finished, asked);
        for (const auto& one : finished)
            history_.add(kind::commit_answered, id_, one.where, one.offset, answer ? "" : answer.error().message());
        return answer;
    };
    const auto call = commits_.send(after, std::move(happen));
    co_return co_await call->answer();
}

membership simulated_member::member() const
{
    if (closed_) return nullptr;
    auto* const self = const_cast<simulated_member*>(this);
    return std::make_shared<const simulated_membership>(simulated_membership{self, generation_});
}

// A commit is good for the assignment in which it was asked for, not for a later one.
result<> simulated_member::may_commit(const positions& finished, std::size_t generation) const
{
    if (dead_) return gone;
    for (const auto& one : finished) {
        const auto ours = fetching_.find(one.where);
        if (ours == fetching_.end() || ours->second.generation > generation || forfeited_.contains(one.where))
            return error{errc::assignment_lost, "these partitions are lost"};
    }
    return {};
}

// A commit reaches the coordinator.
result<> simulated_member::arrived(const fate& what, const positions& finished, std::size_t generation)
{
    auto answer = may_commit(finished, generation);
    if (!answer) return answer;
    if (what.happens) answer = group_.commit(*this, finished);
    return what.fails ? *what.fails : answer;
}

// Past the gaps up to the next record that is there.
positions simulated_member::position(const partitions& of) const
{
    positions at;
    for (const auto& where : of) {
        const auto known = fetching_.find(where);
        if (known == fetching_.end()) continue;
        const auto left = log_.read(where, known->second.next);
        at.push_back({where, left.empty() ? log_.end(where) : left.front().offset, {}});
    }
    return at;
}

void simulated_member::seek(const positions& to)
{
    for (const auto& one : to)
        if (const auto known = fetching_.find(one.where); known != fetching_.end()) {
            known->second.next = one.offset;
            history_.add(kind::sought, id_, one.where, one.offset);
        }
    changed_.wake_all();
}

void simulated_member::hold(const partitions& which)
{
    for (const auto& where : which)
        if (const auto known = fetching_.find(where); known != fetching_.end()) known->second.held = true;
}

void simulated_member::release(const partitions& which)
{
    for (const auto& where : which)
        if (const auto known = fetching_.find(where); known != fetching_.end()) known->second.held = false;
    changed_.wake_all();
}

awaitable<> simulated_member::close(time_point)
{
    if (!closed_) {
        history_.add(kind::closed, id_, {}, -1);
        leave();
    }
    co_return;
}

void simulated_member::die()
{
    if (closed_) return;
    history_.add(kind::died, id_, {}, -1);
    dead_ = true;
    leave();
    events_.emplace_back(failed{gone});
}

void simulated_member::leave()
{
    closed_ = true;
    events_.clear();
    unanswered_.clear();
    fetching_.clear();
    known_.clear();
    forfeited_.clear();
    group_.leave(*this);
    changed_.wake_all();
}

void simulated_member::tell(event what)
{
    events_.push_back(std::move(what));
    changed_.wake_all();
}

// What was not delivered yet is taken back; what the flow knows of, and is not giving up anyway, is told.
void simulated_member::tell_lost(const partitions& which)
{
    const auto is_lost = [&](const topic_partition& where) { return std::ranges::count(which, where) > 0; };
    for (auto& waiting : events_) {
        if (auto* ours = std::get_if<assigned>(&waiting)) std::erase_if(ours->partitions, is_lost);
        if (auto* wanted = std::get_if<revoked>(&waiting)) std::erase_if(wanted->partitions, is_lost);
    }
    std::erase_if(events_, [](const event& waiting) {
        const auto* ours = std::get_if<assigned>(&waiting);
        const auto* wanted = std::get_if<revoked>(&waiting);
        return (ours && ours->partitions.empty()) || (wanted && wanted->partitions.empty());
    });
    lost told;
    for (const auto& where : which) {
        if (auto at = fetching_.find(where); at != fetching_.end()) at->second.held = true;
        const bool leaving = unanswered_.contains(where) && fetching_.contains(where);
        if (!known_.contains(where)) continue;
        forfeited_.insert(where);
        if (!leaving) told.partitions.push_back(where);
    }
    if (!told.partitions.empty()) events_.push_front(std::move(told));
    changed_.wake_all();
}

void simulated_member::note(const event& what)
{
    const auto all = [&](kind step, const partitions& which) {
        for (const auto& where : which) {
            history_.add(step, id_, where, -1);
            unanswered_.insert(where);
            if (step == kind::assigned) known_.insert(where);
        }
    };
    if (const auto* ours = std::get_if<assigned>(&what)) all(kind::assigned, ours->partitions);
    if (const auto* wanted = std::get_if<revoked>(&what)) all(kind::revoked, wanted->partitions);
    if (const auto* theirs = std::get_if<lost>(&what)) all(kind::lost, theirs->partitions);
}

std::optional<batch> simulated_member::cut()
{
    std::vector<std::pair<const topic_partition*, fetched*>> from;
    std::size_t at_hand = 0;
    for (auto& [where, at] : fetching_)
        if (const auto count = at.held ? 0 : log_.read(where, at.next).size(); count > 0) {
            from.emplace_back(&where, &at);
            at_hand += count;
        }
    if (at_hand == 0) return std::nullopt;
    std::ranges::rotate(from, from.begin() + static_cast<std::ptrdiff_t>(turn_++ % from.size()));
    auto left = std::clamp<std::size_t>(habits_.cut(at_hand), 1, at_hand);
    batch some;
    for (const auto& [where, at] : from) {
        const auto records = log_.read(*where, at->next);
        for (const auto& one : records.first(std::min(left, records.size()))) {
            history_.add(kind::delivered, id_, *where, one.offset);
            some.records.push_back(copy_of(*where, one));
            at->next = one.offset + 1;
            --left;
        }
    }
    return some;
}

void simulated_member::answered(const partitions& which)
{
    for (const auto& where : which) unanswered_.erase(where);
    changed_.wake_all();
}

}  // namespace sluice::testing
