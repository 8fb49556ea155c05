#include "simulation/flow/world.hpp"

#include "simulation/flow/invariants.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/flow/flow.hpp"
#include "sluice/testing/run_test.hpp"
#include "sluice/testing/simulated_chaos.hpp"

#include <array>
#include <deque>

namespace sluice::testing {
namespace {

using namespace std::chrono_literals;
using kind = step::kind;

// I14: how long the work that trouble left may take.
constexpr duration bound = 10min;

metrics& shared_metrics()
{
    static metrics all;
    return all;
}

constexpr std::array orders{run_rules::order::key, run_rules::order::partition, run_rules::order::none};

// What becomes of an input record; its value is its index here.
struct fortune {
    duration takes{};
    int failures = 0;  // before it succeeds
    bool poison = false;
    bool emits = false;
};

class world {
public:
    world(const asio::any_io_executor& executor, std::uint64_t seed)
        : broker_{executor},
          group_{broker_.group(
              "in", seed / 3 % 2 == 0 ? simulated_group::protocol::cooperative : simulated_group::protocol::eager)},
          chaos_{broker_, group_, seed}
    {
        broker_.log().create("in", chaos_.between(1, 4));
        broker_.log().create("out", 2);
        broker_.log().create("in.workers.dlt", 1);
        settings_.group = "workers";
        settings_.dead_letters = true;
        const auto running = chaos_.between<std::size_t>(1, 12);
        const std::array<ordering, 3> policies{by_key{running}, by_partition{running}, unordered{running}};
        settings_.order = policies[seed % 3];
        settings_.retry = {.attempts = 3, .first_delay = chaos_.between(50ms, 2s), .max_delay = 5s};
        settings_.parked = chaos_.between<std::size_t>(1, 30);
        settings_.commit_interval = chaos_.between(50ms, 2s);
        settings_.drain = chaos_.between(100ms, 5s);
        rules_ = {.input = "in",
                  .output = "out",
                  .dead_letters = "in.workers.dlt",
                  .effects = orders[seed % 3],
                  .buried = [this](const logged& what) { return of(*what.value).poison; },
                  .emits = [this](const logged& what) { return of(*what.value).emits; }};
        processes_ = chaos_.between<std::size_t>(1, 3);
    }

    awaitable<> run()
    {
        auto body = [this](scope& children) { return run_in(children); };
        co_await with_scope({}, std::move(body));
    }

    run_report report()
    {
        run_report seen;
        auto broken = broken_invariants(broker_, group_, rules_, true);
        for (auto& one : broken) seen.broken.push_back(std::move(one.how));
        seen.records = fortunes_.size();
        if (!late_.empty()) seen.broken.push_back(late_);
        for (const auto& one : broker_.history().steps()) {
            seen.handled += one.what == kind::succeeded;
            seen.rebalances += one.what == kind::assigned;
            seen.deaths += one.what == kind::died;
        }
        for (const auto& where : broker_.log().all_of(rules_.dead_letters))
            seen.dead_lettered += broker_.log().read(where).size();
        seen.tail = broker_.history().tail(80, broken.empty() ? -1 : broken.front().at);
        seen.description = std::to_string(processes_) + " processes, " +
                           std::to_string(*broker_.log().partitions_of("in")) + " partitions, order " +
                           std::to_string(settings_.order.index()) + ", parked " + std::to_string(settings_.parked);
        return seen;
    }

private:
    struct process {
        std::optional<cancellation> stop;
        simulated_member* member = nullptr;
        simulated_sink* sink = nullptr;
    };

    awaitable<> run_in(scope& children)
    {
        while (all_.size() < processes_) children.spawn(live(all_.emplace_back()));
        const auto trouble = chaos_.between(duration{5s}, duration{40s});
        children.spawn(produce(trouble));
        co_await chaos_.run(trouble, [this] { restart(); });
        const auto until = broker_.time().now() + bound;
        while ((!all_sent_ || group_.lag() > 0) && broker_.time().now() < until) co_await sleep_for(100ms);
        if (group_.lag() > 0)
            late_ = "I14: " + std::to_string(group_.lag()) + " records are not committed long after the trouble";
        stop_.cancel(cancel_reason::shutdown);
    }

    awaitable<> produce(duration span)
    {
        const auto count = chaos_.between<std::size_t>(10, 300);
        for (std::size_t index = 0; index < count; ++index) {
            fortunes_.push_back({.takes = chaos_.chance(0.1) ? chaos_.between(0ns, 8s) : chaos_.between(0ns, 50ms),
                                 .failures = chaos_.chance(0.2) ? chaos_.between(1, 2) : 0,
                                 .poison = chaos_.chance(0.08),
                                 .emits = chaos_.chance(0.3)});
            outgoing one{"in", {}, std::to_string(index), {{"h", std::to_string(index)}}, {}, {}};
            if (!chaos_.chance(0.1)) one.key = std::string(1, static_cast<char>('a' + chaos_.between(0, 7)));
            if (!one.key) one.partition = chaos_.between(0, *broker_.log().partitions_of("in") - 1);
            broker_.log().append(one);
            if (chaos_.chance(0.3)) co_await sleep_for(chaos_.between(0ns, 4 * span / static_cast<int>(count)));
        }
        all_sent_ = true;
    }

    // A process that is started again whenever it ends, until everybody stops.
    awaitable<> live(process& self)
    {
        while (!stop_.token().cancelled()) {
            self.stop.emplace(stop_.token());
            self.member = &broker_.join(group_);
            self.sink = &broker_.producer();
            const auto number = self.member->id();
            flow subject{*self.member,
                         *self.sink,
                         settings_,
                         {.log = {},
                          .numbers = shared_metrics(),
                          .time = broker_.time(),
                          .stop = self.stop->token(),
                          .seed = chaos_.between<std::uint64_t>(1, 1'000'000)}};
            auto handler = [this, number](const record& what, context& about) { return handle(number, what, about); };
            try {
                co_await subject.run(std::move(handler));
            } catch (const failure&) {
                // It was killed.
            }
            self.member = nullptr;
            co_await sleep_for(chaos_.between(0ns, 3s));
        }
    }

    void restart()
    {
        auto& one = all_[chaos_.between<std::size_t>(0, all_.size() - 1)];
        if (!one.member || one.stop->token().cancelled()) return;
        if (chaos_.chance(0.5)) {
            one.stop->cancel(cancel_reason::shutdown);
        } else {
            one.sink->die();
            one.member->die();
        }
    }

    awaitable<reply> handle(int number, const record& what, context& about)
    {
        const topic_partition where{std::string{what.topic()}, what.partition()};
        const auto offset = what.offset();
        auto& history = broker_.history();
        const auto fate = of(*what.value());
        history.add(kind::started, number, where, offset, "attempt " + std::to_string(about.attempt()));
        try {
            if (fate.takes > 0ns) co_await sleep_for(fate.takes);
        } catch (...) {
            history.add(kind::cut_short, number, where, offset);
            throw;
        }
        if (about.attempt() <= fate.failures || fate.poison) {
            history.add(kind::failed, number, where, offset);
            if (fate.poison && fate.failures == 0) throw permanent_failure{"poison"};
            throw std::runtime_error{"not today"};
        }
        history.add(kind::succeeded, number, where, offset);
        reply answer;
        if (fate.emits)
            answer.add({"out", std::string{what.key().value_or("")}, coordinates(where, offset), {}, {}, {}});
        co_return answer;
    }

    [[nodiscard]] const fortune& of(std::string_view index) const
    {
        return fortunes_.at(std::stoul(std::string{index}));
    }

    simulated_broker broker_;
    simulated_group& group_;
    chaos chaos_;
    flow_settings settings_;
    run_rules rules_;
    std::size_t processes_ = 1;
    std::vector<fortune> fortunes_;
    std::deque<process> all_;
    cancellation stop_;
    bool all_sent_ = false;
    std::string late_;
};

}  // namespace

run_report run_world(std::uint64_t seed)
{
    run_report seen;
    std::unique_ptr<world> all;
    auto body = [&]() -> awaitable<> {
        all = std::make_unique<world>(co_await asio::this_coro::executor, seed);
        co_await all->run();
        seen = all->report();
        all.reset();
    };
    try {
        run_test(body, {.limit = 20s, .virtual_time = true});
    } catch (const std::exception& error) {
        if (all) seen = all->report();
        seen.broken.insert(seen.broken.begin(), error.what());
    }
    return seen;
}

}  // namespace sluice::testing
