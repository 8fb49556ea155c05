#include "sluice/testing/simulated_chaos.hpp"

#include <limits>

namespace sluice::testing {

using namespace std::chrono_literals;

namespace {

constexpr auto unlimited = std::numeric_limits<std::size_t>::max();

template <class Range>
auto& one_of(Range& all, die& dice)
{
    return all[dice.between<std::size_t>(0, all.size() - 1)];
}

}  // namespace

chaos::chaos(simulated_broker& broker, simulated_group& group, decisions& what)
    : broker_{broker},
      group_{group},
      decide_{what},
      trouble_{static_cast<double>(what.about("trouble").between(0, 80)) / 1000}
{
    auto& habits = broker_.habits();
    habits.cut = [this](std::size_t at_hand) {
        if (at_hand > 1)
            if (auto dice = decide_.maybe(happening::batch_cut, 0.9)) return dice->between<std::size_t>(1, at_hand);
        return at_hand;
    };
    habits.commit = [this] { return of_commit(); };
    habits.send = [this](const outgoing&) { return of_send(); };
    habits.transaction = [this] { return of_transaction(); };
}

awaitable<> chaos::run(duration how_long, process_control processes)
{
    auto& time = broker_.time();
    const auto end = time.now() + how_long;
    for (std::uint64_t number = 0; time.now() < end; ++number) {
        auto pace = decide_.about("pace", number);
        co_await sleep_for(pace.between(0ns, 2s));
        for (auto& one : broker_.producers()) one.room(unlimited);
        disturb(pace, processes);
    }
    trouble_ = 0;
    for (auto& one : broker_.producers()) one.room(unlimited);
    group_.balance_itself();
}

fate chaos::of_commit()
{
    using enum happening;
    fate next{.after = decide_.about("commit", commits_++).between(0ns, 50ms)};
    const auto refused = [&](errc code) { next.fails = error{code}; };
    if (auto dice = decide_.maybe(commit_slow, 2 * trouble_)) next.after = dice->between(0ns, 8s);
    if (decide_.maybe(commit_rebalancing, trouble_)) refused(errc::rebalancing);
    if (decide_.maybe(commit_unavailable, trouble_)) refused(errc::unavailable);
    if (decide_.maybe(commit_timed_out, trouble_)) refused(errc::timed_out);
    next.happens = !next.fails;
    if (next.happens && decide_.maybe(commit_unanswered, trouble_))
        next.fails = error{errc::timed_out, "committed, but the answer was lost"};
    return next;
}

fate chaos::of_send()
{
    using enum happening;
    fate next{.after = decide_.about("send", sends_++).between(0ns, 20ms)};
    if (auto dice = decide_.maybe(send_slow, 2 * trouble_)) next.after = dice->between(0ns, 5s);
    if (decide_.maybe(send_refused, trouble_)) next.fails = error{errc::not_sent};
    if (!next.fails && decide_.maybe(send_lost, trouble_)) next.fails = error{errc::outcome_unknown};
    next.happens = !next.fails;
    if (next.happens && decide_.maybe(send_unanswered, trouble_)) next.fails = error{errc::outcome_unknown};
    return next;
}

fate chaos::of_transaction()
{
    using enum happening;
    fate next{.after = decide_.about("transaction", transactions_++).between(0ns, 80ms)};
    if (auto dice = decide_.maybe(transaction_slow, 2 * trouble_)) next.after = dice->between(0ns, 8s);
    if (decide_.maybe(transaction_aborted, trouble_)) next.fails = error{errc::not_sent};
    if (decide_.maybe(transaction_rebalancing, trouble_)) next.fails = error{errc::rebalancing};
    if (!next.fails && decide_.maybe(transaction_lost, trouble_)) next.fails = error{errc::outcome_unknown};
    next.happens = !next.fails;
    if (next.happens && decide_.maybe(transaction_unanswered, trouble_)) next.fails = error{errc::outcome_unknown};
    return next;
}

void chaos::disturb(die pace, const process_control& processes)
{
    using enum happening;
    const auto& members = group_.members();
    switch (pace.between(0, 11)) {
        case 0:
        case 1: rebalance(); break;
        case 2:
            if (members.empty()) break;
            if (auto dice = decide_.maybe(assignment_lost, 1)) {
                group_.lose(group_.owned_by(*one_of(members, *dice)));
                rebalance();
            }
            break;
        case 3: leave_gaps(); break;
        case 4:
            if (members.empty()) break;
            if (auto dice = decide_.maybe(source_trouble, 1))
                one_of(members, *dice)->report({errc::unavailable, "a broker is away"});
            break;
        case 5:
            if (auto dice = decide_.maybe(stop, 1)) processes.stop(*dice);
            break;
        case 6:
            if (auto dice = decide_.maybe(crash, 1)) processes.kill(*dice);
            break;
        case 7: fill_queues(); break;
        case 8: fence(); break;
        default: break;
    }
}

void chaos::rebalance()
{
    const auto& members = group_.members();
    const auto eager = group_.how() == simulated_group::protocol::eager;
    auto dice = decide_.maybe(eager ? happening::eager_rebalance : happening::cooperative_rebalance, 1);
    if (!dice || members.empty()) return;
    simulated_group::plan target;
    for (auto& where : group_.all()) target[std::move(where)] = one_of(members, *dice);
    group_.rebalance(std::move(target));
}

void chaos::leave_gaps()
{
    for (const auto& where : group_.all())
        if (auto dice = decide_.maybe(happening::log_gap, 0.5))
            broker_.log().skip(where, dice->between<std::int64_t>(1, 5));
}

void chaos::fence()
{
    auto& producers = broker_.transactional_producers();
    if (producers.empty()) return;
    if (auto dice = decide_.maybe(happening::producer_fenced, 1)) one_of(producers, *dice).fence();
}

// Until the next disturbance.
void chaos::fill_queues()
{
    if (auto dice = decide_.maybe(happening::queue_full, 1))
        for (auto& one : broker_.producers()) one.room(dice->between<std::size_t>(0, 2));
}

}  // namespace sluice::testing
