#include "sluice/testing/simulated_decisions.hpp"

namespace sluice::testing {
namespace {

std::uint64_t mixed(std::uint64_t value) noexcept
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31);
}

}  // namespace

std::string_view to_string(happening what) noexcept
{
    using enum happening;
    switch (what) {
        case other_order: return "ready work in another order";
        case batch_cut: return "batch cut";
        case eager_rebalance: return "eager rebalance";
        case cooperative_rebalance: return "cooperative rebalance";
        case assignment_lost: return "assignment lost";
        case commit_slow: return "commit slow";
        case commit_rebalancing: return "commit refused: a rebalance";
        case commit_unavailable: return "commit refused: no coordinator";
        case commit_timed_out: return "commit timed out, not done";
        case commit_unanswered: return "commit timed out, but done";
        case queue_full: return "producers' queues full";
        case send_slow: return "send slow";
        case send_refused: return "send refused";
        case send_lost: return "send of unknown outcome, not done";
        case send_unanswered: return "send of unknown outcome, but done";
        case transaction_slow: return "transaction slow";
        case transaction_aborted: return "transaction aborted";
        case transaction_rebalancing: return "transaction aborted: a rebalance";
        case transaction_lost: return "transaction of unknown outcome, not done";
        case transaction_unanswered: return "transaction of unknown outcome, but done";
        case producer_fenced: return "producer fenced";
        case log_gap: return "gap in a log";
        case source_trouble: return "trouble reported by a source";
        case stop: return "process stopped and started";
        case crash: return "process killed and started";
        case handler_slow: return "slow handler";
        case handler_failure: return "failing handler";
        case outage: return "outage of what handlers need";
        case poison: return "poison record";
        case deadline: return "record with a deadline";
        case record_left_out: return "record left out";
    }
    return "unknown";
}

std::uint64_t die::next() noexcept
{
    state_ += 0x9e3779b97f4a7c15U;
    return mixed(state_);
}

decisions::decisions(std::uint64_t seed, std::set<decision> overruled)
    : seed_{seed},
      grain_{1},
      overruled_{std::move(overruled)}
{
    using namespace std::chrono_literals;
    grain_ = std::array<duration, 3>{1ns, 1ms, 50ms}[about("grain").between<std::size_t>(0, 2)];
}

std::optional<die> decisions::maybe(happening what, double probability)
{
    const auto kind = static_cast<std::size_t>(what);
    const decision one{what, asked_.at(kind)++};
    die dice{mixed(mixed(seed_ + 1) ^ (kind << 32 | one.number)), grain_};
    if (!dice.chance(probability) || overruled_.contains(one)) return std::nullopt;
    taken_.push_back(one);
    return dice;
}

die decisions::about(std::string_view name, std::uint64_t number) const
{
    auto value = mixed(mixed(seed_ + 1) ^ number);
    for (const unsigned char letter : name) value = mixed(value ^ letter);
    return die{value, grain_};
}

}  // namespace sluice::testing
