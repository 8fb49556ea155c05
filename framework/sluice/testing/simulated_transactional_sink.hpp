#pragma once

#include "sluice/testing/simulated_call.hpp"
#include "sluice/testing/simulated_log.hpp"
#include "sluice/testing/simulated_member.hpp"

#include <deque>
#include <functional>

namespace sluice::testing {

/// One transactional producer on a simulated log, as those see it who read what is committed: a transaction's records
/// and positions are there in one instant, an aborted one leaves gaps. It lives as long as its broker.
class simulated_transactional_sink final : public transactional_sink {
public:
    using answer = boost::system::result<void, transaction_error>;

    simulated_transactional_sink(int id, simulated_log& log, simulated_history& history, const simulated_habits& habits,
                                 clock& time);

    /// `of` is a `simulated_membership`: positions that are not that member's any more abort the transaction.
    awaitable<answer> transact(outgoing_batch what, positions finished, membership of) override;
    [[nodiscard]] std::optional<std::int32_t> partitions_of(std::string_view topic) const override;

    /// Of the transactions to come, one each; after them the habit.
    void script_transaction(fate next) { scripted_.push_back(std::move(next)); }
    /// Which records can never be, besides those whose topic or partition is not there.
    std::function<bool(const outgoing&)> never = [](const outgoing&) { return false; };
    /// Another producer has taken its transactional id: what is on its way is aborted, `errc::not_sent`.
    void fence() { ++epoch_; }
    /// As after kill -9 of its process: nothing arrives any more.
    void die() { dead_ = true; }

    [[nodiscard]] int id() const noexcept { return id_; }
    [[nodiscard]] std::size_t committed() const noexcept { return committed_; }
    [[nodiscard]] std::size_t aborted() const noexcept { return aborted_; }

private:
    answer arrived(const fate& what, const std::vector<outgoing>& records, const positions& finished,
                   const simulated_membership& of, std::size_t epoch);
    answer abort(const std::vector<outgoing>& records, transaction_error why);

    int id_;
    simulated_log& log_;
    simulated_history& history_;
    const simulated_habits& habits_;
    simulated_calls<answer> calls_;
    std::deque<fate> scripted_;
    std::size_t epoch_ = 0;
    bool dead_ = false;
    std::size_t committed_ = 0, aborted_ = 0;
};

}  // namespace sluice::testing
