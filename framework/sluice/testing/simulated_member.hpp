#pragma once

#include "sluice/base/wait_queue.hpp"
#include "sluice/record/broker.hpp"
#include "sluice/testing/simulated_call.hpp"
#include "sluice/testing/simulated_group.hpp"

#include <deque>
#include <map>
#include <set>

namespace sluice::testing {

/// How a member's requests fare where nothing else was scripted.
struct simulated_habits {
    /// How many of the records at hand a batch brings, at least one.
    std::function<std::size_t(std::size_t at_hand)> cut = [](std::size_t at_hand) { return at_hand; };
    std::function<fate()> commit = [] { return fate{}; };
    std::function<fate(const outgoing&)> send = [](const outgoing&) { return fate{}; };
    std::function<fate()> transaction = [] { return fate{}; };
};

class simulated_member;

/// What `simulated_member::member` hands out.
struct simulated_membership {
    simulated_member* who;
    std::size_t generation;
};

/// One member of a simulated group: what a flow reads from. It lives as long as its broker.
class simulated_member final : public source {
public:
    simulated_member(int id, simulated_group& group, simulated_log& log, simulated_history& history,
                     const simulated_habits& habits, clock& time);

    awaitable<event> next() override;
    void intake(bool open) override;
    awaitable<result<positions>> committed(partitions of) override;
    awaitable<result<>> accept(positions from) override;
    awaitable<result<>> give_up(partitions which) override;
    awaitable<result<>> commit(positions finished) override;
    [[nodiscard]] positions position(const partitions& of) const override;
    void seek(const positions& to) override;
    void hold(const partitions& which) override;
    void release(const partitions& which) override;
    /// A `simulated_membership`.
    [[nodiscard]] membership member() const override;
    awaitable<> close(time_point deadline) override;

    /// Of the commits to come, one each; after them the habit.
    void script_commit(fate next) { scripted_.push_back(std::move(next)); }
    /// Of the questions to come what is committed, one each.
    void script_committed(error trouble) { unknown_.push_back(std::move(trouble)); }
    /// The source reports this; `errc::fatal` ends it.
    void report(error trouble) { tell(failed{std::move(trouble)}); }
    /// Whether a commit of these may be good now that was asked for with the membership of a generation.
    [[nodiscard]] result<> may_commit(const positions& finished, std::size_t generation) const;
    /// The coordinator's part of it.
    result<> commit_now(const positions& finished) { return group_.commit(*this, finished); }
    /// Its log has grown.
    void look_again() { changed_.wake_all(); }
    /// As after kill -9: its partitions are nobody's, and everything it asks for fails.
    void die();

    [[nodiscard]] int id() const noexcept { return id_; }
    [[nodiscard]] bool open() const noexcept { return open_; }
    [[nodiscard]] bool closed() const noexcept { return closed_; }

private:
    friend simulated_group;
    struct fetched {
        std::int64_t next = 0;
        bool held = false;
        std::size_t generation = 0;
    };

    void tell(event what);
    void tell_lost(const partitions& which);
    void note(const event& what);
    std::optional<batch> cut();
    void answered(const partitions& which);
    result<> arrived(const fate& what, const positions& finished, std::size_t generation);
    void leave();

    int id_;
    simulated_group& group_;
    simulated_log& log_;
    simulated_history& history_;
    const simulated_habits& habits_;
    simulated_calls<result<>> commits_;

    std::deque<event> events_;
    std::set<topic_partition> unanswered_;  // of the last event
    std::set<topic_partition> known_;       // told that they are ours
    std::set<topic_partition> forfeited_;   // lost, and not given up yet: the coordinator hears of them no more
    std::map<topic_partition, fetched> fetching_;
    std::size_t turn_ = 0;
    std::size_t generation_ = 0;
    bool open_ = true;
    bool closed_ = false;
    bool dead_ = false;
    wait_queue changed_;
    std::deque<fate> scripted_;
    std::deque<error> unknown_;
};

}  // namespace sluice::testing
