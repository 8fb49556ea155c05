#pragma once

#include "given.hpp"

#include "sluice/flow/by_topic.hpp"
#include "sluice/process/role.hpp"

#include <functional>

namespace sluice::bench {

/// Runs a role that reads one topic by a new group, in this process and as the command `run` does it: with shards, the
/// producer, commits, numbers and signals. It goes on until `stop_role` is called, by whatever thread, or `beside`,
/// which has a thread and a loop of its own, has ended. `handler_of` is called once a shard, on its thread. Options:
/// bootstrap, topic, shards. Throws what `beside` throws, and std::runtime_error if the role does not end well.
void run_role(const given& options, const flow_settings& how, const std::function<any_handler(role&)>& handler_of,
              const std::function<awaitable<>()>& beside = {});
void stop_role();

}  // namespace sluice::bench
