#pragma once

#include "sluice/base/result.hpp"
#include "sluice/kafka/detail/handles.hpp"
#include "sluice/kafka/settings.hpp"

namespace sluice::kafka::detail {

enum class client_kind { producer, consumer, admin };

/// librdkafka's configuration for one client: the framework's defaults, then those of the embedded broker, then the
/// user's properties of this kind, then the client's `own` (its `group.id` …), each over the one before.
result<conf_handle> make_configuration(const settings& from, client_kind kind, const properties& own = {});

}  // namespace sluice::kafka::detail
