#include "sluice/flow/execution.hpp"

#include "sluice/flow/dead_letter.hpp"
#include "sluice/flow/emission.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace sluice {
namespace {

// A worker whose handlers never suspend lets the rest of the loop run after so many.
constexpr std::size_t longest_run = 256;

bool any_running(const assignments& of)
{
    return std::ranges::any_of(of, [](const auto& one) { return one->running > 0; });
}

}  // namespace

execution::execution(sink& to, const flow_settings& settings, const logger& log, clock& time, std::uint64_t seed)
    : to_{to},
      settings_{settings},
      log_{log},
      time_{time},
      retries_{settings.retry, seed},
      sends_{settings.sending, seed + 1},
      bound_{std::visit([](const auto& order) { return order.running; }, settings.order)},
      lanes_{settings.order}
{
}

void execution::start(scope& workers, record_handler handler, std::function<void()> capacity_changed,
                      std::function<void(std::exception_ptr)> failed)
{
    scope_ = &workers;
    handler_ = std::move(handler);
    capacity_changed_ = std::move(capacity_changed);
    failed_ = std::move(failed);
}

void execution::close()
{
    closing_ = true;
    idle_.wake_all();
}

void execution::admit(assignment& of, record what)
{
    lanes_.admit(of, std::move(what));
    changed(of);
    wake();
}

void execution::drop(assignment& of)
{
    lanes_.drop(of);
    changed(of);
}

awaitable<bool> execution::drained(const assignments& of, std::optional<time_point> until)
{
    while (any_running(of)) {
        if (until) {
            const bool in_time = co_await settled_.wait_until(*until);
            if (!in_time) break;
        } else {
            co_await settled_.wait();
        }
    }
    co_return !any_running(of);
}

flow_totals execution::totals() const
{
    auto now = totals_;
    now.running = lanes_.running();
    now.queued = lanes_.queued();
    now.parked = lanes_.parked();
    return now;
}

void execution::wake()
{
    if (waking_ || lanes_.ready_lanes() == 0) return;
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
        if (const auto next = lanes_.take()) {
            wake();
            try {
                if ((*next)->queue.front().handled)
                    co_await send(*next, self);
                else
                    co_await handle(*next, self);
            } catch (...) {
                give_in(*next, std::current_exception());
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

awaitable<> execution::handle(lane_ref which, worker& self)
{
    auto& what = which->queue.front();
    const auto stop = which->of->stop.token();
    reply answer;
    std::exception_ptr error;
    {
        context about{*what.what, what.attempt, stop, log_};
        const on_cancel reach{stop, [&self](cancel_reason) { self.interrupt->emit(asio::cancellation_type::all); }};
        try {
            answer = co_await handler_(*what.what, about);
        } catch (...) {
            error = std::current_exception();
        }
    }
    if (stop.cancelled()) {
        co_await asio::this_coro::reset_cancellation_state();
        // What finished all the same, and has nothing to send, is finished.
        if (error || !answer.records().empty()) {
            abandon(which);
            co_return;
        }
    }
    if (error) {
        failed(which, error);
        if (which->where != lane::state::running) co_return;
    } else {
        what.sending = stamped(std::move(answer), *what.what, handler_name());
    }
    what.handled = true;
    if (what.sending.empty())
        finish(which);
    else
        co_await send(which, self);
}

awaitable<> execution::send(lane_ref which, worker& self)
{
    auto& what = which->queue.front();
    const auto stop = which->of->stop.token();
    std::vector<result<position>> results;
    std::string trouble;
    {
        const on_cancel reach{stop, [&self](cancel_reason) { self.interrupt->emit(asio::cancellation_type::all); }};
        try {
            results = co_await to_.send_all(what.sending);
        } catch (const std::exception& e) {
            trouble = e.what();  // cancelled, or a sink that throws where it should answer: it is sent again
        }
    }
    if (stop.cancelled()) {
        co_await asio::this_coro::reset_cancellation_state();
        abandon(which);
        co_return;
    }
    std::vector<outgoing> left;
    std::optional<error> first;
    for (std::size_t i = 0; i < what.sending.size(); ++i) {
        if (i < results.size() && results[i]) continue;
        if (!first) first = i < results.size() ? results[i].error() : error{errc::outcome_unknown, trouble};
        left.push_back(std::move(what.sending[i]));
    }
    what.sending = std::move(left);
    if (!first) {
        finish(which);
        co_return;
    }
    const auto why = *std::move(first);
    if (why == errc::invalid && !what.buried) {
        failed(which, std::make_exception_ptr(sluice::failure{why}));
        if (which->where == lane::state::running) co_await send(which, self);
        co_return;
    }
    log_.warning("{}/{}@{}: {} is not in the log yet ({}); trying again", what.what->topic(), what.what->partition(),
                 what.what->offset(), what.buried ? "its dead letter" : "what its handler emitted", why.message());
    park(which, sends_.after(++what.tries).value_or(settings_.sending.max_delay));
}

void execution::failed(lane_ref which, const std::exception_ptr& error)
{
    auto& what = which->queue.front();
    if (!what.first_failure) what.first_failure = time_.wall();
    const auto why = classify(error);
    const auto again = why.what == handler_failure::kind::retryable ? retries_.after(what.attempt) : std::nullopt;
    const auto told = context{*what.what, what.attempt, {}, log_}.log();
    if (again) {
        told.warning("{} failed, attempt {} of {}: {}", handler_name(), what.attempt, settings_.retry.attempts,
                     why.message);
        ++what.attempt;
        ++totals_.retried;
        park(which, *again);
        return;
    }
    told.error("{} failed for good, attempt {}: {}", handler_name(), what.attempt, why.message);
    if (settings_.dead_letters)
        bury(what, why);
    else
        give_in(which, error);
}

void execution::bury(work& what, const handler_failure& why)
{
    using kind = handler_failure::kind;
    obituary letter{.group = settings_.group,
                    .handler = handler_name(),
                    .error_class = "exhausted",
                    .error_type = why.type,
                    .error = why.message,
                    .attempts = what.attempt,
                    .first_failure = *what.first_failure};
    if (why.what == kind::decode) letter.error_class = "decode";
    if (why.what == kind::permanent) letter.error_class = "permanent";
    const auto target = dead_letter_topic(what.what->topic(), settings_.group);
    what.sending.assign(1, make_dead_letter(*what.what, letter, to_.partitions_of(target)));
    what.buried = true;
    what.tries = 0;
}

void execution::finish(lane_ref which)
{
    auto& of = *which->of;
    ++(which->queue.front().buried ? totals_.dead_lettered : totals_.handled);
    lanes_.pop(which);
    changed(of);
}

void execution::abandon(lane_ref which)
{
    auto& of = *which->of;
    ++totals_.abandoned;
    lanes_.abandon(which);
    changed(of);
}

void execution::park(lane_ref which, duration delay)
{
    auto& of = *which->of;
    if (!of.open) {
        abandon(which);  // drained: the next owner tries again
        return;
    }
    lanes_.park(which);
    which->due = time_.at(time_.now() + delay, [this, which, &of] {
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
    const bool far_ahead = of.open && of.finished.size() >= settings_.ahead;
    if (std::exchange(of.far_ahead, far_ahead) != far_ahead) far_ahead ? ++far_ahead_ : --far_ahead_;
    if (!of.open && of.running == 0) settled_.wake_all();
    const bool wants = lanes_.queued() < bound_ && lanes_.parked() < settings_.parked && far_ahead_ == 0;
    if (wants == wants_more_) return;
    wants_more_ = wants;
    capacity_changed_();
}

std::string_view execution::handler_name() const
{
    return settings_.handler.empty() ? settings_.group : settings_.handler;
}

}  // namespace sluice
