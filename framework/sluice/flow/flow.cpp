#include "sluice/flow/flow.hpp"

#include "sluice/flow/claiming.hpp"
#include "sluice/flow/committer.hpp"
#include "sluice/flow/departure.hpp"
#include "sluice/flow/execution.hpp"
#include "sluice/flow/numbers.hpp"
#include "sluice/flow/ownership.hpp"
#include "sluice/flow/postponing.hpp"
#include "sluice/flow/transactor.hpp"
#include "sluice/flow/watchdog.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <random>

namespace sluice {
namespace {

// For what comes after the drain: the last commit, and the good-bye to the group.
constexpr duration leave = std::chrono::seconds{5};

}  // namespace

class flow::engine {
public:
    engine(source& from, sink& to, flow_settings settings, flow_environment environment)
        : settings_{std::move(settings)},
          log_{environment.log.with("group", settings_.group)},
          claims_{from, settings_, log_},
          from_{settings_.mode == delivery::at_most_once ? claims_ : from},
          time_{environment.time},
          intake_{environment.stop},
          held_{from_},
          postponing_{from_, held_, settings_, time_},
          execution_{to, held_, settings_, log_, time_, environment.seed ? environment.seed : std::random_device{}()},
          committer_{from_, settings_, log_, time_},
          departure_{execution_, settings_, log_, time_},
          numbers_{environment.numbers, settings_},
          watchdog_{settings_, log_, time_}
    {
    }

    void use(transactional_sink& to)
    {
        transactor_ = std::make_unique<transactor>(from_, to, execution_, settings_, log_, time_);
        commits_ = transactor_.get();
    }

    awaitable<> run(any_handler handler)
    {
        check(handler, settings_);
        auto body = [this, &handler](scope& children) { return run_in(children, std::move(handler)); };
        co_await with_scope({}, std::move(body));
    }

    [[nodiscard]] flow_totals totals() const
    {
        auto now = execution_.totals();
        now.uncommitted = uncommitted_;
        owned_.add_to(now);
        watchdog_.add_to(now);
        return now;
    }

    [[nodiscard]] flow_report report() const
    {
        return {settings_.group, settings_.handler.empty() ? settings_.group : settings_.handler,
                report_on(owned_.all(), execution_.queues(), time_)};
    }

private:
    // The caller's cancellation is a request to stop, and goes no further: what is in the middle of a hand-over, or of
    // the last commit, is not torn apart.
    awaitable<> run_in(scope& children, any_handler handler)
    {
        auto failed = [this](std::exception_ptr error) { fail(std::move(error)); };
        execution_.start(children, std::move(handler), [this] { open_or_close(); }, std::move(failed));
        auto commit = commits_->keep_up(owned_, log_, [this] { look_around(); });
        children.spawn(guarded(run_under(ticking_.token(), std::move(commit))));
        children.spawn(guarded(run_under(ticking_.token(), watchdog_.run(owned_, execution_.queues()))));
        children.spawn(live());
        const bool throwing = co_await asio::this_coro::throw_if_cancelled();
        co_await asio::this_coro::throw_if_cancelled(false);
        while (!ended_)
            if (co_await ending_.wait_shielded()) intake_.cancel(cancel_reason::unwanted);
        co_await asio::this_coro::throw_if_cancelled(throwing);
        if (failure_) std::rethrow_exception(failure_);
    }

    awaitable<> live()
    {
        const on_cancel stopping{intake_.token(), [this](cancel_reason) { asked_to_stop_ = time_.now(); }};
        co_await guarded(take_events());
        co_await guarded(shut_down());
        co_await guarded(from_.close(time_.now() + leave));
        owned_.clear();
        execution_.close();
        ticking_.cancel(cancel_reason::unwanted);
        tell_numbers();
        ended_ = true;
        ending_.wake_all();
    }

    void look_around()
    {
        execution_.look(owned_.ours());
        tell_numbers();
    }

    void tell_numbers() { numbers_.report(totals(), *commits_); }
    void open_or_close() { from_.intake(execution_.wants_more() && !commits_->full()); }

    // The first failure is the flow's, and its end.
    void fail(std::exception_ptr error)
    {
        if (!failure_) failure_ = std::move(error);
        intake_.cancel(cancel_reason::sibling_failed);
    }

    // The only way in: every decision (start, drain, commit, give up) is made here, in one order.
    awaitable<> take_events()
    {
        for (;;) {
            event next;
            try {
                next = co_await run_under(intake_.token(), next_event());
            } catch (const boost::system::system_error& e) {
                if (e.code() == asio::error::operation_aborted) co_return;
                throw;
            }
            if (const auto* ours = std::get_if<assigned>(&next))
                co_await start(ours->partitions);
            else if (const auto* wanted = std::get_if<revoked>(&next))
                co_await hand_over(wanted->partitions);
            else if (const auto* gone = std::get_if<lost>(&next))
                co_await let_go(gone->partitions);
            else if (const auto* trouble = std::get_if<sluice::failed>(&next))
                note(trouble->error);
            else if (std::holds_alternative<closed>(next))
                co_return;
        }
    }

    // What comes and is no batch. Records are admitted in the turn in which the source hands them over: its position
    // counts them from then on, so an idle commit a turn later would pass them.
    awaitable<event> next_event()
    {
        for (;;) {
            auto next = co_await from_.next();
            auto* records = std::get_if<batch>(&next);
            if (!records) co_return next;
            take(std::move(*records));
            // What was taken begins before more is: only then do the bounds on what waits know of it.
            co_await asio::post(asio::use_awaitable);
        }
    }

    void take(batch records)
    {
        const auto now = time_.now();
        for (auto& one : records.records) {
            auto* of = owned_.find(one.topic(), one.partition());
            if (!of || !of->open || (of->retries && postponing_.waits(*of, one))) continue;
            execution_.admit(*of, std::move(one), now);
        }
    }

    awaitable<> start(partitions which)
    {
        positions from;
        assignments fresh;
        for (auto& where : which) {
            from.push_back({where, position::stored, {}});
            fresh.push_back(owned_.add(std::move(where), settings_.group, hard_stop_.token()));
        }
        if (!co_await committer_.recall(std::move(fresh), intake_.token())) co_return;  // closing the source answers
        const auto accepted = co_await from_.accept(std::move(from));
        if (!accepted) log_.warning("an assignment could not be accepted: {}", accepted.error().message());
    }

    awaitable<> hand_over(partitions which)
    {
        co_await departure_.drain(take_out(which), *commits_);
        co_await give_up(std::move(which));
    }

    awaitable<> let_go(partitions which)
    {
        co_await departure_.cut_short(take_out(which), *commits_);
        co_await give_up(std::move(which));
    }

    awaitable<> give_up(partitions which)
    {
        const auto given = co_await from_.give_up(std::move(which));
        owned_.left();
        if (!given) log_.warning("partitions could not be given up: {}", given.error().message());
    }

    awaitable<> shut_down()
    {
        from_.intake(false);
        for (const auto& one : owned_.ours()) execution_.drop(*one);
        if (!failure_)
            co_await execution_.drained(owned_.ours(), asked_to_stop_.value_or(time_.now()) + settings_.drain);
        hard_stop_.cancel(cancel_reason::shutdown);
        co_await execution_.drained(owned_.ours(), std::nullopt);
        uncommitted_ = true;
        const auto committed = co_await commits_->commit_last(owned_.ours(), time_.now() + leave, time_);
        uncommitted_ = !committed;
        if (uncommitted_) log_.error("the last commit failed, so records come again: {}", committed.error().message());
    }

    awaitable<> guarded(awaitable<> work)
    {
        try {
            co_await std::move(work);
        } catch (...) {
            const auto error = std::current_exception();
            if (!ticking_.token().cancelled() || !is_cancellation(error)) fail(error);
        }
    }

    void note(const error& trouble)
    {
        if (trouble == errc::fatal) throw failure{trouble};
        log_.warning("the source reports: {}", trouble.message());
    }

    assignments take_out(const partitions& which)
    {
        auto out = owned_.take_out(which);
        for (const auto& one : out) execution_.drop(*one);
        return out;
    }

    flow_settings settings_;
    logger log_;
    claiming claims_;
    source& from_;
    clock& time_;
    cancellation intake_;     // cancelled: no further event is taken
    cancellation hard_stop_;  // cancelled: handlers are cut short
    cancellation ticking_;    // cancelled: no further commit but the last
    holding held_;
    postponing postponing_;
    execution execution_;
    committer committer_;
    std::unique_ptr<transactor> transactor_;
    committing* commits_ = &committer_;
    departure departure_;
    flow_numbers numbers_;
    watchdog watchdog_;
    ownership owned_;
    std::optional<time_point> asked_to_stop_;
    std::exception_ptr failure_;
    bool uncommitted_ = false;
    bool ended_ = false;
    wait_queue ending_;
};

flow::flow(source& from, sink& to, flow_settings settings, flow_environment environment)
    : engine_{std::make_unique<engine>(from, to, settings.checked(false), std::move(environment))}
{
}

flow::flow(source& from, transactional_sink& to, flow_settings settings, flow_environment environment)
    : outside_{std::make_unique<kept_sink>(to)},
      engine_{std::make_unique<engine>(from, *outside_, settings.checked(true), std::move(environment))}
{
    engine_->use(to);
}

flow::~flow() = default;

awaitable<> flow::run(record_handler handler)
{
    return engine_->run(std::move(handler));
}

awaitable<> flow::run_batch(batch_handler handler)
{
    return engine_->run(std::move(handler));
}

flow_report flow::report() const
{
    return engine_->report();
}

flow_totals flow::totals() const
{
    return engine_->totals();
}

}  // namespace sluice
