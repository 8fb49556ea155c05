#pragma once

#include "sluice/testing/simulated_broker.hpp"

#include <concepts>
#include <functional>
#include <random>

namespace sluice::testing {

/// Decides from one seed whatever can go either way on a simulated broker: how batches are cut, which commits and
/// sends are slow, refused, lost, or happen without an answer, when partitions move or are lost, where logs have
/// gaps. The same seed is the same run.
class chaos {
public:
    chaos(simulated_broker& broker, simulated_group& group, std::uint64_t seed);
    chaos(const chaos&) = delete;
    chaos& operator=(const chaos&) = delete;

    /// Makes trouble for so long, then heals everything: habits are good again, every partition has an owner.
    /// `restart` is what it does to a process, when it likes: a test stops or kills one and starts another.
    awaitable<> run(duration how_long, std::function<void()> restart = [] {});

    /// The dice, for what else a test wants decided by the seed.
    [[nodiscard]] bool chance(double probability) { return std::bernoulli_distribution{probability}(dice_); }
    template <std::integral Integer>
    [[nodiscard]] Integer between(Integer low, Integer high)
    {
        return std::uniform_int_distribution<Integer>{low, high}(dice_);
    }
    [[nodiscard]] duration between(duration low, duration high) { return duration{between(low.count(), high.count())}; }

private:
    fate of_commit();
    fate of_send();
    fate of_transaction();
    [[nodiscard]] simulated_group::plan shuffled();
    void disturb(const std::function<void()>& restart);

    simulated_broker& broker_;
    simulated_group& group_;
    std::mt19937_64 dice_;
    duration grain_;
    double trouble_;
};

}  // namespace sluice::testing
