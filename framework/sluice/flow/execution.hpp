#pragma once

#include "sluice/base/scope.hpp"
#include "sluice/base/wait_queue.hpp"
#include "sluice/flow/batch_turn.hpp"
#include "sluice/flow/bounds.hpp"
#include "sluice/flow/gate.hpp"
#include "sluice/flow/handler.hpp"
#include "sluice/flow/lanes.hpp"
#include "sluice/flow/turn.hpp"
#include "sluice/record/broker.hpp"

#include <exception>
#include <functional>
#include <list>

namespace sluice {

/// Runs turns: reused workers take what the lanes have ready, give it its turn, and finish or park it. A worker calls
/// handler after handler without a turn of the loop in between, unless one suspends; a second worker is woken only when
/// there is more to take.
class execution {
public:
    execution(sink& to, holding& held, const flow_settings& settings, const logger& log, clock& time,
              std::uint64_t seed);

    /// Workers are children of `workers`. `capacity_changed` is called when `wants_more` changes; `failed` when a
    /// record fails for good and there are no dead letters, or anything else goes wrong that is not a record's fault.
    void start(scope& workers, any_handler handler, std::function<void()> capacity_changed,
               std::function<void(std::exception_ptr)> failed);
    /// What finishes is handed to `keep` instead of being forgotten, and given back with `recycle`.
    void keep_finished(std::function<void(assignment&, std::list<work>)> keep) { keep_ = std::move(keep); }
    /// Counts what became of these as committed.
    void recycle(std::list<work> finished, bool committed);
    /// As `turns::refuse`.
    bool refuse(work& what, const error& why) { return turns_.refuse(what, why); }
    /// Calls what `start` was given.
    void tell_capacity() { capacity_changed_(); }
    void fail(std::exception_ptr error) { failed_(std::move(error)); }
    /// No more comes: idle workers end.
    void close();

    /// What an earlier owner has finished is ticked off without running. `now`: when its batch came.
    void admit(assignment& of, record what, time_point now);
    /// Forgets what waits of this partition; what runs goes on. At most once, what waits goes on too: nobody else
    /// would handle it.
    void drop(assignment& of);
    /// Waits until nothing of these runs; false when `until` comes first.
    awaitable<bool> drained(const assignments& of, std::optional<time_point> until);

    /// Now and then: partitions whose handlers do not end, so that what is queued behind them keeps the others from
    /// being fetched, are held back instead of all.
    void look(const assignments& all);

    /// Whether the bound of records running or about to leaves room.
    [[nodiscard]] bool wants_more() const noexcept { return wants_more_; }
    [[nodiscard]] flow_totals totals() const;
    [[nodiscard]] const lanes& queues() const noexcept { return lanes_; }

private:
    struct worker {
        asio::cancellation_signal* interrupt = nullptr;
    };

    awaitable<> work_on(worker& self);
    std::optional<lane_ref> next();
    void settle(lane_ref which, verdict over);
    void settle(lane_ref which, batch_verdict over);
    void finish(lane_ref which);
    void forgo(lane_ref which);
    void count(const work& committed);
    void abandon(lane_ref which);
    void park(lane_ref which, const verdict& over);
    void give_in(lane_ref which, std::exception_ptr error);
    void wake();
    void changed(assignment& of);

    sink& to_;
    holding& held_;
    const flow_settings& settings_;
    const logger& log_;
    clock& time_;
    gate gate_;
    turns turns_;
    std::optional<batch_turns> batches_;
    std::size_t bound_, queue_bound_;
    bounds bounds_;
    lanes lanes_;
    std::function<void()> capacity_changed_;
    std::function<void(std::exception_ptr)> failed_;
    std::function<void(assignment&, std::list<work>)> keep_;

    scope* scope_ = nullptr;
    std::list<worker> workers_;
    wait_queue idle_;
    bool waking_ = false;  // a woken worker has not come yet
    bool closing_ = false;
    bool wants_more_ = true;
    wait_queue settled_;
    flow_totals totals_;
};

}  // namespace sluice
