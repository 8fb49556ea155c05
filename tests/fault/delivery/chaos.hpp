#pragma once

#include "fault_system.hpp"
#include "spans.hpp"

#include <functional>
#include <random>

/// Breaks a system at random, by a seed. Each lane deals every fault of its deck once in a random order, and then again
/// as long as there is load.
class chaos {
public:
    using fault = sluice::awaitable<> (chaos::*)();
    using deck = std::vector<fault>;

    chaos(fault_system& what, std::uint64_t seed) : what_{what}, random_{seed} {}

    /// Goes on until `enough` says so, at least until every fault has been dealt. What was broken is up again then.
    sluice::awaitable<> run(std::vector<deck> lanes, std::function<bool()> enough);

    /// Members of the group: killed, stopped, suspended for longer than their session; they come and go.
    static deck members();
    /// Brokers: bounced one after the other; killed.
    static deck brokers();
    /// Connections, of all brokers or one: cut, refused, slow, halted for longer than a session.
    static deck connections();

private:
    sluice::awaitable<> deal(deck cards, const std::function<bool()>& enough);

    sluice::awaitable<> kill_worker();
    sluice::awaitable<> stop_worker();
    sluice::awaitable<> suspend_worker();
    sluice::awaitable<> join();
    sluice::awaitable<> leave();
    sluice::awaitable<> bounce_brokers();
    sluice::awaitable<> kill_broker();
    sluice::awaitable<> cut();
    sluice::awaitable<> cut_and_refuse();
    sluice::awaitable<> slow_down();
    sluice::awaitable<> halt();

    std::unique_ptr<fault_system::member> take_worker();
    proxy& any_proxy();
    template <class Number>
    Number any(Number least, Number most)
    {
        return std::uniform_int_distribution<Number>{least, most}(random_);
    }
    sluice::duration any(sluice::duration least, sluice::duration most)
    {
        return sluice::duration{any(least.count(), most.count())};
    }
    /// How long a fault lasts, or is ahead.
    sluice::awaitable<> span(sluice::duration least, sluice::duration most)
    {
        return sluice::planned_pause(any(least, most));
    }

    fault_system& what_;
    std::mt19937_64 random_;
};
