#pragma once

#include "sluice/base/async.hpp"
#include "sluice/process/environment.hpp"

#include <vector>

namespace sluice {

/// Creates the topics that are missing on the cluster, and warns of those that have other partitions than declared.
/// Tries until the cluster answers. Throws `failure` where it refuses. Cancellation ends it.
awaitable<> create_topics(const environment& process, std::vector<needed_topic> needed);

}  // namespace sluice
