#include "simulation/world/world.hpp"

#include "simulation/world/plan.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/flow/dead_letter.hpp"
#include "sluice/flow/flow.hpp"
#include "sluice/flow/origin.hpp"
#include "sluice/record/deadline.hpp"
#include "sluice/testing/run_test.hpp"
#include "sluice/testing/simulated_chaos.hpp"

#include <deque>
#include <set>

namespace sluice::testing {
namespace {

using namespace std::chrono_literals;
using kind = step::kind;

// I14: how long the work that trouble left may take.
constexpr duration bound = 10min;

// Requests that were slow, drains, restarts: after so long nothing of it is left.
constexpr duration trouble_lasts = 20s;

metrics& shared_metrics()
{
    static metrics all;
    return all;
}

class world {
public:
    world(const asio::any_io_executor& executor, decisions& decide, const plan& what)
        : decide_{decide},
          plan_{what},
          broker_{executor},
          group_{broker_.group("in", what.protocol)},
          chaos_{broker_, group_, decide}
    {
        broker_.log().create("in", what.partitions);
        broker_.log().create("out", 2);
        broker_.log().create("in.workers.dlt", 1);
        for (const auto& topic : retries(what)) {
            broker_.log().create(topic, what.retry_partitions);
            group_.read(topic);
        }
    }

    awaitable<> run()
    {
        auto body = [this](scope& children) { return run_in(children); };
        co_await with_scope({}, std::move(body));
    }

    void report(run_report& seen)
    {
        const run_rules rules{.input = "in",
                              .output = "out",
                              .dead_letters = "in.workers.dlt",
                              .retries = retries(plan_),
                              .delays = delays(plan_),
                              .effects = plan_.effects,
                              .mode = plan_.settings.mode,
                              .attempts = attempts(plan_),
                              .window = plan_.settings.breaker.value_or(breaker_settings{}).window,
                              .deadlines = plan_.deadlines,
                              .buried = [this](const logged& what) { return class_of(of(*what.value), plan_); },
                              .emits = [this](const logged& what) { return of(*what.value).emits; },
                              .punctual_from = punctual_from_,
                              .running = std::visit([](auto order) { return order.running; }, plan_.settings.order),
                              .ahead = plan_.settings.ahead,
                              .wall = [this](time_point when) { return wall(when); }};
        seen.broken = broken_invariants(broker_, group_, rules);
        seen.history = broker_.history().steps();
        for (const auto& where : broker_.log().all_of("in")) seen.records += broker_.log().read(where).size();
        for (const auto& where : broker_.log().all_of(rules.dead_letters))
            for (const auto& letter : broker_.log().read(where)) {
                ++seen.dead_lettered;
                seen.expired += letter.header("sluice-error-class") == "expired";
            }
        for (const auto& topic : rules.retries)
            for (const auto& where : broker_.log().all_of(topic)) seen.detoured += broker_.log().read(where).size();
        std::set<place> delivered;
        for (const auto& one : seen.history) {
            seen.handled += one.what == kind::succeeded;
            if (one.what == kind::delivered) seen.repeated += !delivered.insert({one.where, one.offset}).second;
        }
    }

private:
    struct process {
        std::uint64_t number = 0;
        std::optional<cancellation> stop;
        simulated_member* member = nullptr;
        simulated_sink* sink = nullptr;
        simulated_transactional_sink* transactions = nullptr;  // exactly once
    };

    awaitable<> run_in(scope& children)
    {
        for (std::size_t number = 0; number < plan_.processes; ++number) {
            auto& one = all_.emplace_back();
            one.number = number;
            children.spawn(live(one));
        }
        children.spawn(produce());
        if (plan_.settings.breaker) children.spawn(break_down());
        chaos::process_control control{.stop = [this](die dice) { stop(dice); },
                                       .kill = [this](die dice) { kill(dice); }};
        co_await chaos_.run(plan_.trouble, std::move(control));
        const auto& s = plan_.settings;
        if (s.mode == delivery::at_least_once && !s.limit && !s.breaker)
            punctual_from_ = broker_.time().now() + trouble_lasts;
        const auto until = broker_.time().now() + bound;
        // For longer than any answer takes: at most once, a claim that was not answered is taken back.
        for (int still = 0; still < 100 && broker_.time().now() < until; co_await sleep_for(100ms))
            still = all_sent_ && group_.lag() == 0 ? still + 1 : 0;
        stop_.cancel(cancel_reason::shutdown);
    }

    awaitable<> produce()
    {
        for (std::size_t index = 0; index < plan_.records.size(); ++index) {
            const auto& next = plan_.records[index];
            if (next.left_out) continue;
            outgoing one{"in", next.key, std::to_string(index), {{"h", std::to_string(index)}}, {}, {}};
            if (!next.key) one.partition = next.partition;
            if (next.deadline)
                one.headers.push_back(sluice::deadline_at(
                    std::chrono::floor<std::chrono::milliseconds>(broker_.time().wall() + *next.deadline)));
            broker_.log().append(one);
            if (next.pause > 0ns) co_await sleep_for(next.pause);
        }
        all_sent_ = true;
    }

    // Outages of what the handlers need.
    awaitable<> break_down()
    {
        const auto end = broker_.time().now() + plan_.trouble;
        for (std::uint64_t number = 0; broker_.time().now() < end; ++number) {
            co_await sleep_for(decide_.about("outage", number).between(duration{1s}, duration{20s}));
            if (auto dice = decide_.maybe(happening::outage, 0.7))
                outage_until_ = std::min(end, broker_.time().now() + dice->between(duration{1s}, duration{8s}));
        }
    }

    // A process that is started again whenever it ends, until everybody stops.
    awaitable<> live(process& self)
    {
        for (std::uint64_t life = 0; !stop_.token().cancelled(); ++life) {
            auto dice = decide_.about("life", life << 8 | self.number);
            self.stop.emplace(stop_.token());
            self.member = &broker_.join(group_);
            const flow_environment around{.log = {},
                                          .numbers = shared_metrics(),
                                          .time = broker_.time(),
                                          .stop = self.stop->token(),
                                          .seed = dice.between<std::uint64_t>(1, 1'000'000)};
            std::optional<flow> subject;
            if (plan_.settings.mode == delivery::exactly_once) {
                self.transactions = &broker_.transactional_producer();
                subject.emplace(*self.member, *self.transactions, plan_.settings, around);
            } else {
                self.sink = &broker_.producer();
                subject.emplace(*self.member, *self.sink, plan_.settings, around);
            }
            const auto number = self.member->id();
            auto handler = [this, number](const record& what, context& about) { return handle(number, what, about); };
            try {
                co_await subject->run(std::move(handler));
            } catch (const failure&) {
                // It was killed.
            }
            self.member = nullptr;
            co_await sleep_for(dice.between(0ns, 3s));
        }
    }

    process* running_one(die& dice)
    {
        auto& one = all_[dice.between<std::size_t>(0, all_.size() - 1)];
        return one.member && !one.stop->token().cancelled() ? &one : nullptr;
    }

    void stop(die dice)
    {
        if (auto* const one = running_one(dice)) one->stop->cancel(cancel_reason::shutdown);
    }

    void kill(die dice)
    {
        if (auto* const one = running_one(dice)) {
            if (one->sink) one->sink->die();
            if (one->transactions) one->transactions->die();
            one->member->die();
        }
    }

    awaitable<reply> handle(int number, const record& what, context& about)
    {
        const place at{{std::string{what.topic()}, what.partition()}, what.offset()};
        const auto note = [this, number, &at](kind happened, std::string text = {}) {
            broker_.history().add(happened, number, at.where, at.offset, std::move(text));
        };
        const auto& fate = of(*what.value());
        note(kind::started, std::string{*what.value()} + ", attempt " + std::to_string(about.attempt()));
        try {
            if (fate.takes > 0ns) co_await sleep_for(fate.takes);
        } catch (...) {
            note(kind::cut_short);
            throw;
        }
        if (broker_.time().now() < outage_until_) {
            note(kind::failed, std::string{outage});
            throw failure{error{errc::unavailable, "an outage"}};
        }
        if (about.attempt() <= fate.failures || fate.poison) {
            note(kind::failed);
            if (fate.poison && fate.failures == 0) throw permanent_failure{"poison"};
            throw std::runtime_error{"not today"};
        }
        note(kind::succeeded);
        reply answer;
        for (int ordinal = 0; ordinal < fate.emits; ++ordinal)
            answer.add({"out",
                        output_key(what.key().value_or(""), ordinal),
                        output_of(source_of(what, at), ordinal),
                        {},
                        {},
                        {}});
        co_return answer;
    }

    [[nodiscard]] timestamp wall(time_point when) const
    {
        return wall_ + std::chrono::floor<std::chrono::milliseconds>(when - began_);
    }

    // Where a record was before its detours.
    [[nodiscard]] static place source_of(const record& what, const place& at)
    {
        const auto from = origin_of(what, "workers");
        return from.topic == what.topic() ? at : place{{from.topic, from.partition}, from.offset};
    }

    [[nodiscard]] const fortune& of(std::string_view index) const
    {
        return plan_.records.at(std::stoul(std::string{index}));
    }

    decisions& decide_;
    const plan& plan_;
    simulated_broker broker_;
    simulated_group& group_;
    chaos chaos_;
    std::deque<process> all_;
    cancellation stop_;
    bool all_sent_ = false;
    time_point outage_until_{};
    std::optional<time_point> punctual_from_;
    time_point began_ = broker_.time().now();
    timestamp wall_ = broker_.time().wall();
};

}  // namespace

run_report run_world(std::uint64_t seed, std::set<decision> overruled)
{
    run_report seen;
    decisions decide{seed, std::move(overruled)};
    const auto what = draw_plan(decide);
    seen.description = to_string(what);
    seen.planned = what.records.size();
    std::unique_ptr<world> all;
    auto body = [&]() -> awaitable<> {
        all = std::make_unique<world>(co_await asio::this_coro::executor, decide, what);
        co_await all->run();
        all->report(seen);
        all.reset();
    };
    test_settings how{.limit = 20s, .virtual_time = true};
    how.next = [&](std::size_t ready) {
        auto dice = decide.maybe(happening::other_order, what.disorder);
        return dice ? dice->between<std::size_t>(1, ready - 1) : 0;
    };
    try {
        run_test(body, std::move(how));
    } catch (const std::exception& error) {
        if (all) all->report(seen);
        seen.broken.insert(seen.broken.begin(), {"run", error.what(), seen.history.size()});
    }
    seen.taken = decide.taken();
    return seen;
}

}  // namespace sluice::testing
