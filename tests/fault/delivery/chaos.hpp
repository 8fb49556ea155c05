#pragma once

#include "fault_system.hpp"

#include <functional>
#include <random>

/// Breaks a system at random, by a seed: two lanes, one for workers and one for brokers, deal every fault of theirs
/// once in a random order, and then again as long as there is load.
class chaos {
public:
    chaos(fault_system& what, std::uint64_t seed) : what_{what}, random_{seed} {}

    /// Goes on until `enough` says so, at least until every fault has been dealt. What was broken is up again then.
    sluice::awaitable<> run(std::function<bool()> enough);

private:
    using action = sluice::awaitable<> (chaos::*)();
    sluice::awaitable<> deal(std::vector<action> deck, const std::function<bool()>& enough);

    sluice::awaitable<> kill_worker();
    sluice::awaitable<> stop_worker();
    sluice::awaitable<> suspend_worker();
    sluice::awaitable<> join();
    sluice::awaitable<> leave();
    sluice::awaitable<> bounce_brokers();
    sluice::awaitable<> kill_broker();

    std::unique_ptr<fault_system::member> take_worker();
    template <class Number>
    Number any(Number least, Number most)
    {
        return std::uniform_int_distribution<Number>{least, most}(random_);
    }

    fault_system& what_;
    std::mt19937_64 random_;
};
