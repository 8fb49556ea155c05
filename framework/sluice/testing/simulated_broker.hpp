#pragma once

#include "sluice/testing/simulated_group.hpp"
#include "sluice/testing/simulated_member.hpp"
#include "sluice/testing/simulated_sink.hpp"
#include "sluice/testing/simulated_transactional_sink.hpp"

#include <deque>
#include <memory>

namespace sluice::testing {

/// A broker in memory behind the broker port, so that the real flow runs on it, mostly in virtual time: topics whose
/// logs may have gaps, groups whose partitions a test moves by hand or a seed moves by chance (`chaos`), commits and
/// sends that fail or take long as scripted, and a history of it all. One loop's thread. What it returns lives as
/// long as it does.
///
///     simulated_broker broker{co_await asio::this_coro::executor};
///     broker.log().create("orders", 1);
///     auto& group = broker.group("orders");
///     auto& member = broker.join(group);
///     group.assign(member, {{"orders", 0}});
///     flow subject{member, broker.producer(), …};
class simulated_broker {
public:
    explicit simulated_broker(const asio::any_io_executor& executor);
    simulated_broker(const simulated_broker&) = delete;
    simulated_broker& operator=(const simulated_broker&) = delete;

    /// A group on one topic (`simulated_group::read` adds others), driven by hand until told to balance itself.
    simulated_group& group(const std::string& topic,
                           simulated_group::protocol how = simulated_group::protocol::cooperative);
    simulated_member& join(simulated_group& group);
    simulated_sink& producer();
    simulated_transactional_sink& transactional_producer();

    [[nodiscard]] std::deque<simulated_sink>& producers() noexcept { return sinks_; }
    [[nodiscard]] std::deque<simulated_transactional_sink>& transactional_producers() noexcept
    {
        return transactional_sinks_;
    }
    [[nodiscard]] simulated_log& log() noexcept { return log_; }
    [[nodiscard]] const simulated_log& log() const noexcept { return log_; }
    [[nodiscard]] simulated_history& history() noexcept { return history_; }
    [[nodiscard]] const simulated_history& history() const noexcept { return history_; }
    [[nodiscard]] simulated_habits& habits() noexcept { return habits_; }
    [[nodiscard]] clock& time() const noexcept { return time_; }

private:
    clock& time_;
    simulated_history history_;
    simulated_log log_;
    simulated_habits habits_;
    std::deque<simulated_group> groups_;
    std::deque<simulated_member> members_;
    std::deque<simulated_sink> sinks_;
    std::deque<simulated_transactional_sink> transactional_sinks_;
    int last_id_ = 0;
};

}  // namespace sluice::testing
