#pragma once

#include "sluice/testing/simulated_log.hpp"

#include <map>
#include <optional>
#include <set>
#include <vector>

namespace sluice::testing {

class simulated_member;

/// The coordinator of one simulated consumer group: who owns which partition, and what is committed.
class simulated_group {
public:
    enum class protocol { eager, cooperative };
    using plan = std::map<topic_partition, simulated_member*>;

    simulated_group(simulated_log& log, simulated_history& history, std::string topic, protocol how);

    /// It reads this topic too.
    void read(std::string topic) { topics_.push_back(std::move(topic)); }

    /// Shares the partitions out evenly from now on, whenever a member comes or goes. Without it a test says what
    /// is whose.
    void balance_itself();
    /// A rebalance: who is to own what. Partitions move once their owners gave them up; with `protocol::eager`
    /// everybody gives up everything first.
    void rebalance(plan target);
    /// The partitions in turn over the members, starting with one of them.
    [[nodiscard]] plan evenly(std::size_t first = 0) const;

    /// One member's share, and no other's.
    void assign(simulated_member& member, const partitions& which);
    void revoke(const partitions& which);
    /// These are nobody's at once; their owner learns of it when it can.
    void lose(const partitions& which);

    [[nodiscard]] simulated_member* owner(const topic_partition& where) const;
    [[nodiscard]] partitions owned_by(const simulated_member& member) const;
    [[nodiscard]] const std::vector<simulated_member*>& members() const noexcept { return members_; }
    /// Of all its topics.
    [[nodiscard]] partitions all() const;
    [[nodiscard]] protocol how() const noexcept { return how_; }

    [[nodiscard]] std::optional<position> committed(const topic_partition& where) const;
    /// Records that are not committed, over all partitions.
    [[nodiscard]] std::size_t lag() const;

private:
    friend simulated_member;
    void join(simulated_member& member);
    void leave(simulated_member& member);
    void given_up(const simulated_member& member, const partitions& which);
    result<> commit(const simulated_member& member, const positions& finished);
    void settle();

    simulated_log& log_;
    simulated_history& history_;
    std::vector<std::string> topics_;
    protocol how_;
    bool balances_itself_ = false;
    std::vector<simulated_member*> members_;
    plan owners_;
    plan target_;
    std::set<topic_partition> leaving_;  // revoked, and not given up yet
    std::map<topic_partition, position> committed_;
};

}  // namespace sluice::testing
