#include "sluice/testing/simulated_group.hpp"

#include "sluice/testing/simulated_member.hpp"

#include <algorithm>

namespace sluice::testing {

simulated_group::simulated_group(simulated_log& log, simulated_history& history, std::string topic, protocol how)
    : log_{log},
      history_{history},
      how_{how}
{
    read(std::move(topic));
}

partitions simulated_group::all() const
{
    partitions all;
    for (const auto& topic : topics_)
        for (auto& where : log_.all_of(topic)) all.push_back(std::move(where));
    return all;
}

void simulated_group::balance_itself()
{
    balances_itself_ = true;
    rebalance(evenly());
}

void simulated_group::rebalance(plan target)
{
    target_ = std::move(target);
    std::map<simulated_member*, partitions> told;
    for (const auto& [where, owner] : owners_) {
        const auto next = target_.find(where);
        const bool stays = how_ == protocol::cooperative && next != target_.end() && next->second == owner;
        if (!stays && leaving_.insert(where).second) told[owner].push_back(where);
    }
    for (auto* member : members_)
        if (const auto which = told.find(member); which != told.end()) member->tell(revoked{which->second});
    settle();
}

simulated_group::plan simulated_group::evenly(std::size_t first) const
{
    plan target;
    if (members_.empty()) return target;
    for (auto& where : all()) target[std::move(where)] = members_[first++ % members_.size()];
    return target;
}

void simulated_group::assign(simulated_member& member, const partitions& which)
{
    for (const auto& where : which) target_[where] = &member;
    settle();
}

void simulated_group::revoke(const partitions& which)
{
    std::map<simulated_member*, partitions> told;
    for (const auto& where : which) {
        target_.erase(where);
        if (auto* const owned_by = owner(where); owned_by && leaving_.insert(where).second)
            told[owned_by].push_back(where);
    }
    for (auto& [member, theirs] : told) member->tell(revoked{std::move(theirs)});
}

void simulated_group::lose(const partitions& which)
{
    std::map<simulated_member*, partitions> told;
    for (const auto& where : which) {
        target_.erase(where);
        leaving_.erase(where);
        if (const auto known = owners_.find(where); known != owners_.end()) {
            told[known->second].push_back(where);
            owners_.erase(known);
        }
    }
    for (auto& [member, theirs] : told) member->tell_lost(theirs);
    settle();
}

simulated_member* simulated_group::owner(const topic_partition& where) const
{
    const auto known = owners_.find(where);
    return known == owners_.end() ? nullptr : known->second;
}

partitions simulated_group::owned_by(const simulated_member& member) const
{
    partitions theirs;
    for (const auto& [where, owner] : owners_)
        if (owner == &member) theirs.push_back(where);
    return theirs;
}

std::optional<position> simulated_group::committed(const topic_partition& where) const
{
    const auto known = committed_.find(where);
    return known == committed_.end() ? std::nullopt : std::optional{known->second};
}

std::size_t simulated_group::lag() const
{
    std::size_t left = 0;
    for (const auto& where : all()) {
        const auto at = committed(where);
        left += log_.read(where, at ? at->offset : 0).size();
    }
    return left;
}

void simulated_group::join(simulated_member& member)
{
    members_.push_back(&member);
    if (balances_itself_) rebalance(evenly());
}

void simulated_group::leave(simulated_member& member)
{
    std::erase(members_, &member);
    for (const auto& where : owned_by(member)) {
        owners_.erase(where);
        leaving_.erase(where);
    }
    std::erase_if(target_, [&](const auto& one) { return one.second == &member; });
    if (balances_itself_)
        rebalance(evenly());
    else
        settle();
}

void simulated_group::given_up(const simulated_member& member, const partitions& which)
{
    for (const auto& where : which)
        if (owner(where) == &member) {
            owners_.erase(where);
            leaving_.erase(where);
        }
    settle();
}

result<> simulated_group::commit(const simulated_member& member, const positions& finished)
{
    for (const auto& one : finished)
        if (owner(one.where) != &member)
            return error{errc::assignment_lost,
                         one.where.topic + '/' + std::to_string(one.where.partition) + " is not this member's"};
    for (const auto& one : finished) {
        committed_[one.where] = one;
        history_.add(step::kind::committed, member.id(), one.where, one.offset, one.metadata);
    }
    return {};
}

// Partitions without an owner go to whom they are meant for.
void simulated_group::settle()
{
    if (how_ == protocol::eager && !leaving_.empty()) return;
    std::map<simulated_member*, partitions> told;
    for (const auto& [where, member] : target_)
        if (owners_.try_emplace(where, member).second) told[member].push_back(where);
    for (auto* member : members_)
        if (const auto which = told.find(member); which != told.end()) member->tell(assigned{which->second});
}

}  // namespace sluice::testing
