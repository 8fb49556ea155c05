#pragma once

#include "sluice/testing/simulated_broker.hpp"
#include "sluice/testing/simulated_decisions.hpp"

#include <functional>

namespace sluice::testing {

/// Makes trouble on a simulated broker as a seed decides: how batches are cut, which commits and sends are slow,
/// refused, lost, or happen without an answer, when queues are full, when partitions move or are lost, where logs
/// have gaps.
class chaos {
public:
    /// What becomes of a process: a test stops or kills one, and starts another.
    struct process_control {
        std::function<void(die)> stop = [](die) {};
        std::function<void(die)> kill = [](die) {};
    };

    chaos(simulated_broker& broker, simulated_group& group, decisions& what);
    chaos(const chaos&) = delete;
    chaos& operator=(const chaos&) = delete;

    /// Makes trouble for so long, then heals everything: habits are good again, every partition has an owner.
    awaitable<> run(duration how_long, process_control processes);

private:
    fate of_commit();
    fate of_send();
    fate of_transaction();
    void disturb(die pace, const process_control& processes);
    void rebalance();
    void leave_gaps();
    void fill_queues();
    void fence();

    simulated_broker& broker_;
    simulated_group& group_;
    decisions& decide_;
    double trouble_;  // how likely a request fares badly
    std::uint64_t commits_ = 0;
    std::uint64_t sends_ = 0;
    std::uint64_t transactions_ = 0;
};

}  // namespace sluice::testing
