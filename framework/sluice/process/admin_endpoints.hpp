#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/cancellation.hpp"
#include "sluice/process/environment.hpp"
#include "sluice/process/ports.hpp"

namespace sluice {

class runtime;

/// Serves what watches over the process, until `stop`: `/healthz` (do the shards' loops turn), `/readyz` (do the roles
/// serve, and have their flows joined), `/metrics` (Prometheus' text), `/topology` (the role table as JSON), `/flows`
/// (what each flow does, and what blocks it, as JSON).
awaitable<> serve_admin_endpoints(runtime& roles, const environment& process, host_and_port where,
                                  cancellation_token stop);

}  // namespace sluice
