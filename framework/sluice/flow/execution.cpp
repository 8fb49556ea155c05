#include "sluice/flow/execution.hpp"

#include "sluice/flow/attempt.hpp"
#include "sluice/flow/detour.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace sluice {
namespace {

// A worker whose handlers never suspend lets the rest of the loop run after so many.
constexpr std::size_t longest_run = 256;

bool any_left(const assignments& of)
{
    return std::ranges::any_of(of, [](const auto& one) { return one->records > 0; });
}

}  // namespace

execution::execution(sink& to, holding& held, const flow_settings& settings, const logger& log, clock& time,
                     std::uint64_t seed)
    : to_{to},
      held_{held},
      settings_{settings},
      log_{log},
      time_{time},
      gate_{settings, log, time},
      turns_{to, gate_, settings, log, time, seed},
      bound_{std::visit([](const auto& order) { return order.running; }, settings.order)},
      queue_bound_{bound_},
      bounds_{held, settings, bound_},
      lanes_{settings.order}
{
}

void execution::start(scope& workers, any_handler handler, std::function<void()> capacity_changed,
                      std::function<void(std::exception_ptr)> failed)
{
    scope_ = &workers;
    gate_.start([this] { wake(); });
    if (auto* each = std::get_if<record_handler>(&handler)) {
        turns_.use(std::move(*each));
    } else {
        batches_.emplace(turns_, to_, gate_, settings_, log_, std::get<batch_handler>(std::move(handler)));
        queue_bound_ = std::max(queue_bound_, 2 * settings_.batch.records);
    }
    capacity_changed_ = std::move(capacity_changed);
    failed_ = std::move(failed);
}

void execution::close()
{
    closing_ = true;
    gate_.close();
    idle_.wake_all();
}

void execution::admit(assignment& of, record what, time_point now)
{
    if (const auto known = of.recalled.at(what.offset()); known.finished) {
        of.finished.finish(of.finished.admit(what.offset()));
        ++totals_.recalled;
    } else {
        auto& fresh = lanes_.admit(of, std::move(what), now, known);
        if (of.retries) {
            const auto so_far = detour_of(*fresh.what, {});
            fresh.before = so_far.attempts;
            fresh.attempt += so_far.attempts;
            if (so_far.first_failure) fresh.first_failure = so_far.first_failure;
        }
    }
    changed(of);
    wake();
}

void execution::drop(assignment& of)
{
    if (settings_.mode == delivery::at_most_once)
        of.open = false;
    else
        lanes_.drop(of);
    changed(of);
}

awaitable<bool> execution::drained(const assignments& of, std::optional<time_point> until)
{
    while (any_left(of)) {
        if (until) {
            const bool in_time = co_await settled_.wait_until(*until);
            if (!in_time) break;
        } else {
            co_await settled_.wait();
        }
    }
    co_return !any_left(of);
}

flow_totals execution::totals() const
{
    auto now = totals_;
    now.retried = turns_.retried();
    now.openings = gate_.openings();
    now.open = gate_.open();
    now.running = lanes_.running();
    now.queued = lanes_.queued();
    now.parked = lanes_.parked();
    return now;
}

void execution::wake()
{
    if (waking_ || lanes_.ready_lanes() == 0 || !(lanes_.next().handled || gate_.may_start())) return;
    if (idle_.wake_one()) {
        waking_ = true;
    } else if (workers_.size() < bound_) {
        auto& fresh = workers_.emplace_back();
        fresh.interrupt = &scope_->spawn(work_on(fresh));
        waking_ = true;
    }
}

awaitable<> execution::work_on(worker& self)
{
    waking_ = false;
    for (std::size_t ran = 0;; ++ran) {
        if (const auto one = next()) {
            wake();
            try {
                if (batches_) {
                    settle(*one, co_await batches_->take(**one, *self.interrupt));
                } else {  // as `turns::take`, without a frame of its own
                    auto& what = (*one)->queue.front();
                    std::optional<verdict> over;
                    if (!what.handled) {
                        attempt now{turns_, what, *self.interrupt};
                        if (now.starts()) {
                            try {
                                auto answer = co_await now.call();
                                now.succeeded(std::move(answer));
                            } catch (...) {
                                now.failed(std::current_exception());
                            }
                            if (now.cut_short()) co_await asio::this_coro::reset_cancellation_state();
                        }
                        over = now.end();
                    }
                    if (!over) over = co_await turns_.send(what, *self.interrupt);
                    settle(*one, *std::move(over));
                }
            } catch (...) {
                give_in(*one, std::current_exception());
            }
            if (ran % longest_run == longest_run - 1) co_await asio::post(asio::use_awaitable);
        } else if (closing_) {
            co_return;
        } else {
            co_await idle_.wait();
            waking_ = false;
        }
    }
}

std::optional<lane_ref> execution::next()
{
    if (lanes_.ready_lanes() == 0) return std::nullopt;
    if (lanes_.next().handled) return lanes_.take();
    if (!gate_.may_start()) return std::nullopt;
    const auto one = lanes_.take();
    (*one)->queue.front().pass = gate_.enter();
    return one;
}

void execution::settle(lane_ref which, verdict over)
{
    using kind = verdict::kind;
    const auto& what = which->queue.front();
    const auto failures = what.attempt - 1 - what.before;
    if (over.what == kind::again && failures > 0)
        which->of->finished.failed(what.ticket, failures, what.first_failure.value_or(unknown_time));
    switch (over.what) {
        case kind::finished: return finish(which);
        case kind::again: return park(which, over);
        case kind::forgone: return forgo(which);
        case kind::abandoned: return abandon(which);
        case kind::stopped: return give_in(which, std::move(over.error));
    }
}

void execution::settle(lane_ref which, batch_verdict over)
{
    auto& of = *which->of;
    const bool more = over.then.what != verdict::kind::finished;
    for (std::size_t left = over.finished; left > 0; --left) {
        over.forgone ? forgo(which) : finish(which);
        if (left > 1 || more) lanes_.retake(which);
    }
    if (more) settle(which, std::move(over.then));
    // Of a partition that goes, what ran as one with what failed is not begun any more.
    if (!of.open) drop(of);
}

void execution::finish(lane_ref which)
{
    auto& of = *which->of;
    of.moved = true;
    if (which->queue.front().refused) --of.refused;
    if (keep_) {
        keep_(of, lanes_.keep(which));
    } else {
        count(which->queue.front());
        lanes_.pop(which);
    }
    changed(of);
}

void execution::forgo(lane_ref which)
{
    auto& of = *which->of;
    ++totals_.forgone;
    of.moved = true;
    lanes_.pop(which);
    changed(of);
}

void execution::count(const work& committed)
{
    ++(committed.buried ? totals_.dead_lettered : committed.detoured ? totals_.detoured : totals_.handled);
}

void execution::recycle(std::list<work> finished, bool committed)
{
    for (const auto& one : finished)
        if (committed) count(one);
    lanes_.recycle(std::move(finished));
}

void execution::abandon(lane_ref which)
{
    auto& of = *which->of;
    totals_.abandoned += settings_.mode == delivery::at_most_once ? which->queue.size() : 1;
    lanes_.abandon(which);
    changed(of);
}

void execution::park(lane_ref which, const verdict& over)
{
    auto& of = *which->of;
    if (!of.open) {
        abandon(which);  // drained: the next owner tries again
        return;
    }
    of.moved = true;
    lanes_.park(which);
    if (over.error) which->trouble = classify(over.error).message;
    which->until = time_.now() + over.delay;
    which->due = time_.at(which->until, [this, which, &of] {
        lanes_.unpark(which);
        changed(of);
        wake();
    });
    changed(of);
}

void execution::give_in(lane_ref which, std::exception_ptr error)
{
    if (which->where == lane::state::running) abandon(which);
    failed_(std::move(error));
}

void execution::changed(assignment& of)
{
    held_.set(of, hold_reason::refused, of.refused > 0);
    bounds_.changed(of);
    if (!of.open && of.records == 0) settled_.wake_all();
    const bool wants = lanes_.queued() < queue_bound_ + bounds_.aside();
    if (wants == wants_more_) return;
    bounds_.turned();
    wants_more_ = wants;
    capacity_changed_();
}

void execution::look(const assignments& all)
{
    bounds_.look(all, !wants_more_);
    for (const auto& one : all) changed(*one);
}

}  // namespace sluice
