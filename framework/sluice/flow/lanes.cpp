#include "sluice/flow/lanes.hpp"

#include <boost/assert.hpp>

#include <functional>
#include <iterator>
#include <utility>

namespace sluice {

std::optional<std::size_t> lanes::key_of(const record& what) const
{
    if (std::holds_alternative<by_partition>(order_)) return 0;
    // Keys whose hashes meet share a lane: they wait for each other, and keep their order.
    if (std::holds_alternative<by_key>(order_) && what.key()) return std::hash<std::string_view>{}(*what.key());
    return std::nullopt;
}

std::list<lane>& lanes::list_of(lane::state which)
{
    switch (which) {
        case lane::state::ready: return ready_;
        case lane::state::running: return running_;
        case lane::state::parked: return parked_;
        case lane::state::spare: break;
    }
    return spare_;
}

void lanes::move(lane_ref which, lane::state to)
{
    auto& target = list_of(to);
    target.splice(target.end(), list_of(which->where), which);
    which->where = to;
}

lane_ref lanes::lane_for(assignment& of, std::optional<std::size_t> key)
{
    if (key)
        if (const auto known = of.lanes.find(*key); known != of.lanes.end()) return known->second;
    if (spare_.empty()) spare_.emplace_back();
    const auto fresh = spare_.begin();
    fresh->of = &of;
    fresh->key = key;
    if (key) of.lanes.emplace(*key, fresh);
    move(fresh, lane::state::ready);
    return fresh;
}

work& lanes::admit(assignment& of, record what, time_point now, progress::reader::known before)
{
    const auto target = lane_for(of, key_of(what));
    if (spare_work_.empty()) spare_work_.emplace_back();
    auto& entry = spare_work_.front();
    entry.ticket = of.finished.admit(what.offset(), before.failures, before.first_failure);
    entry.attempt = before.failures + 1;
    if (before.first_failure != unknown_time) entry.first_failure = before.first_failure;
    entry.of = &of;
    entry.since = now;
    ++of.records;
    if (target->where == lane::state::parked) {
        entry.what.emplace(what.detach());
        entry.detached = true;
        ++parked_records_;
        ++of.parked;
    } else {
        entry.what.emplace(std::move(what));
        ++queued_;
    }
    target->queue.splice(target->queue.end(), spare_work_, spare_work_.begin());
    return entry;
}

std::optional<lane_ref> lanes::take()
{
    if (ready_.empty()) return std::nullopt;
    const auto next = ready_.begin();
    retake(next);
    return next;
}

void lanes::retake(lane_ref which)
{
    move(which, lane::state::running);
    --queued_;
    ++which->of->running;
}

void lanes::pop(lane_ref which)
{
    recycle(keep(which));
}

std::list<work> lanes::keep(lane_ref which)
{
    --which->of->running;
    --which->of->records;
    which->of->finished.finish(which->queue.front().ticket);
    std::list<work> finished;
    finished.splice(finished.end(), which->queue, which->queue.begin());
    if (which->queue.empty())
        retire(which);
    else
        move(which, lane::state::ready);
    return finished;
}

void lanes::recycle(std::list<work> nodes)
{
    for (auto& one : nodes) one = work{};
    spare_work_.splice(spare_work_.end(), nodes);
}

void lanes::park(lane_ref which)
{
    --which->of->running;
    queued_ -= which->queue.size() - 1;
    parked_records_ += which->queue.size();
    which->of->parked += which->queue.size();
    for (auto& waiting : which->queue)
        if (!std::exchange(waiting.detached, true)) waiting.what.emplace(waiting.what->detach());
    move(which, lane::state::parked);
}

void lanes::unpark(lane_ref which)
{
    which->due.cancel();
    parked_records_ -= which->queue.size();
    which->of->parked -= which->queue.size();
    queued_ += which->queue.size();
    move(which, lane::state::ready);
    if (which->queue.front().handled) ready_.splice(ready_.begin(), ready_, which);
}

void lanes::drop(assignment& of)
{
    of.open = false;
    for (auto* waiting : {&ready_, &parked_})
        for (auto next = waiting->begin(); next != waiting->end();) {
            const auto one = next++;
            if (one->of != &of) continue;
            (one->where == lane::state::parked ? parked_records_ : queued_) -= one->queue.size();
            if (one->where == lane::state::parked) of.parked -= one->queue.size();
            retire(one);
        }
    for (auto& busy : running_) {
        if (busy.of != &of || busy.queue.size() <= busy.taken) continue;
        const auto waiting = busy.queue.size() - busy.taken;
        queued_ -= waiting;
        of.records -= waiting;
        busy.queue.erase(std::next(busy.queue.begin(), static_cast<std::ptrdiff_t>(busy.taken)), busy.queue.end());
    }
}

void lanes::abandon(lane_ref which)
{
    BOOST_ASSERT(which->where == lane::state::running);
    --which->of->running;
    queued_ -= which->queue.size() - 1;
    retire(which);
}

void lanes::retire(lane_ref which)
{
    if (which->key) which->of->lanes.erase(*which->key);
    which->due.cancel();
    which->trouble.clear();
    which->of->records -= which->queue.size();
    which->taken = 1;
    which->limit = lane::unlimited;
    which->queue.clear();
    which->of = nullptr;
    move(which, lane::state::spare);
}

}  // namespace sluice
