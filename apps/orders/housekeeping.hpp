#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/clock.hpp"
#include "sluice/process/settings.hpp"
#include "sluice/telemetry/log.hpp"

#include <functional>

namespace orders {

/// How long services remember which events they have handled, so that a repeat has no second effect.
constexpr auto inbox_keep = "inbox.keep";
sluice::setting_declaration inbox_setting();

/// Runs `work` to its end, and beside it `forget`, now and every ten minutes; where the store fails, what is old is
/// kept until the next time.
sluice::awaitable<> forgetting_meanwhile(sluice::awaitable<> work,
                                         std::function<sluice::awaitable<>(sluice::timestamp now)> forget,
                                         const sluice::logger& log);

}  // namespace orders
