#pragma once

#include "sluice/testing/simulated_call.hpp"
#include "sluice/testing/simulated_log.hpp"
#include "sluice/testing/simulated_member.hpp"

#include <deque>
#include <limits>

namespace sluice::testing {

/// One producer on a simulated log. It lives as long as its broker.
class simulated_sink final : public sink {
public:
    simulated_sink(int id, simulated_log& log, simulated_history& history, const simulated_habits& habits, clock& time);

    awaitable<result<position>> send(outgoing what) override;
    awaitable<std::vector<result<position>>> send_all(std::vector<outgoing> what) override;
    [[nodiscard]] std::optional<std::int32_t> partitions_of(std::string_view topic) const override;

    /// Of the sends to come, one each; after them the habit.
    void script_send(fate next) { scripted_.push_back(std::move(next)); }
    /// How many may be on their way at once; beyond it senders wait, first come first served. 0: the queue is full.
    void room(std::size_t sends);
    /// As after kill -9 of its process: nothing arrives any more.
    void die();

    [[nodiscard]] int id() const noexcept { return id_; }

private:
    using calls = simulated_calls<result<position>>;
    awaitable<std::shared_ptr<calls::pending>> start(outgoing what);

    int id_;
    simulated_log& log_;
    simulated_history& history_;
    const simulated_habits& habits_;
    calls calls_;
    std::size_t room_ = std::numeric_limits<std::size_t>::max();
    wait_queue full_;
    std::deque<fate> scripted_;
    bool dead_ = false;
};

}  // namespace sluice::testing
