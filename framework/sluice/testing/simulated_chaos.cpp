#include "sluice/testing/simulated_chaos.hpp"

#include <array>

namespace sluice::testing {

using namespace std::chrono_literals;

chaos::chaos(simulated_broker& broker, simulated_group& group, std::uint64_t seed)
    : broker_{broker},
      group_{group},
      dice_{seed},
      grain_{std::array<duration, 3>{1ns, 1ms, 50ms}[between<std::size_t>(0, 2)]},
      trouble_{std::uniform_real_distribution{0.0, 0.4}(dice_)}
{
    auto& habits = broker_.habits();
    habits.cut = [this](std::size_t at_hand) { return between<std::size_t>(1, at_hand); };
    habits.commit = [this] { return of_commit(); };
    habits.send = [this](const outgoing&) { return of_send(); };
    habits.transaction = [this] { return of_transaction(); };
}

awaitable<> chaos::run(duration how_long, std::function<void()> restart)
{
    auto& time = broker_.time();
    const auto end = time.now() + how_long;
    while (time.now() < end) {
        co_await sleep_for(between(0ns, 2s));
        disturb(restart);
    }
    trouble_ = 0;
    group_.balance_itself();
}

fate chaos::of_commit()
{
    fate next{.after = between(0ns, 50ms)};
    if (!chance(trouble_)) return next;
    switch (between(0, 4)) {
        case 0: next.after = between(0ns, 8s); return next;
        case 1: next.fails = error{errc::rebalancing}; break;
        case 2: next.fails = error{errc::unavailable}; break;
        case 3: next.fails = error{errc::timed_out}; break;
        default:
            next.fails = error{errc::timed_out, "committed, but the answer was lost"};
            next.happens = true;
            return next;
    }
    next.happens = false;
    return next;
}

fate chaos::of_send()
{
    fate next{.after = between(0ns, 20ms)};
    if (!chance(trouble_)) return next;
    switch (between(0, 2)) {
        case 0: next.after = between(0ns, 5s); return next;
        case 1: next.fails = error{errc::not_sent}; break;
        default: next.fails = error{errc::outcome_unknown}; break;
    }
    next.happens = *next.fails == errc::outcome_unknown && chance(0.5);
    return next;
}

fate chaos::of_transaction()
{
    fate next{.after = between(0ns, 80ms)};
    if (!chance(trouble_)) return next;
    switch (between(0, 4)) {
        case 0: next.after = between(0ns, 8s); return next;
        case 1: next.fails = error{errc::not_sent}; break;
        case 2: next.fails = error{errc::rebalancing}; break;
        default: next.fails = error{errc::outcome_unknown}; break;
    }
    next.happens = *next.fails == errc::outcome_unknown && chance(0.5);
    return next;
}

simulated_group::plan chaos::shuffled()
{
    const auto& members = group_.members();
    simulated_group::plan target;
    if (members.empty()) return target;
    for (auto& where : broker_.log().all_of(group_.topic()))
        target[std::move(where)] = members[between<std::size_t>(0, members.size() - 1)];
    return target;
}

void chaos::disturb(const std::function<void()>& restart)
{
    const auto& members = group_.members();
    switch (between(0, 9)) {
        case 0:
        case 1: group_.rebalance(shuffled()); break;
        case 2:
            if (members.empty()) break;
            group_.lose(group_.owned_by(*members[between<std::size_t>(0, members.size() - 1)]));
            group_.rebalance(shuffled());
            break;
        case 3:
            for (const auto& where : broker_.log().all_of(group_.topic()))
                if (chance(0.5)) broker_.log().skip(where, between<std::int64_t>(1, 5));
            break;
        case 4:
            if (members.empty()) break;
            members[between<std::size_t>(0, members.size() - 1)]->report({errc::unavailable, "a broker is away"});
            break;
        case 5: restart(); break;
        default: break;
    }
}

}  // namespace sluice::testing
