#include "sluice/testing/simulated_broker.hpp"

namespace sluice::testing {

simulated_broker::simulated_broker(const asio::any_io_executor& executor)
    : time_{clock::of(executor)},
      history_{time_},
      log_{time_, history_}
{
    log_.grown = [this] {
        for (auto& member : members_) member.look_again();
    };
}

simulated_group& simulated_broker::group(const std::string& topic, simulated_group::protocol how)
{
    return groups_.emplace_back(log_, history_, topic, how);
}

simulated_member& simulated_broker::join(simulated_group& group)
{
    return members_.emplace_back(++last_id_, group, log_, history_, habits_, time_);
}

simulated_sink& simulated_broker::producer()
{
    return sinks_.emplace_back(++last_id_, log_, history_, habits_, time_);
}

simulated_transactional_sink& simulated_broker::transactional_producer()
{
    return transactional_sinks_.emplace_back(++last_id_, log_, history_, habits_, time_);
}

}  // namespace sluice::testing
