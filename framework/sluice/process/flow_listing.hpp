#pragma once

#include "sluice/base/async.hpp"
#include "sluice/flow/report.hpp"
#include "sluice/process/shard.hpp"

#include <boost/describe/class.hpp>

#include <list>
#include <string>
#include <vector>

namespace sluice {

/// A flow of this process, and what it does.
struct listed_flow {
    std::string role;
    std::uint32_t shard = 0;
    std::string group, handler;
    std::vector<partition_report> partitions;
};
BOOST_DESCRIBE_STRUCT(listed_flow, (), (role, shard, group, handler, partitions))

/// What `/flows` answers.
struct flow_listing {
    std::vector<listed_flow> flows;
    std::vector<std::uint32_t> silent_shards;  ///< have ended, or something blocks their loops
};
BOOST_DESCRIBE_STRUCT(flow_listing, (), (flows, silent_shards))

/// Asks every shard, which answers on its own thread, and waits a second at most. The shards outlive the loop of the
/// caller, or end before it.
awaitable<flow_listing> list_flows(std::list<detail::shard>& shards);

}  // namespace sluice
