#pragma once

#include "sluice/flow/failure.hpp"
#include "sluice/flow/retry.hpp"
#include "sluice/flow/settings.hpp"

#include <optional>

namespace sluice {

/// What is to be done about a failed attempt.
struct remedy {
    enum class kind {
        again,   ///< in its lane, after `delay`
        detour,  ///< through the retry topic of `delay`
        bury,    ///< as a dead letter of class `error_class_of(why)`
    };
    kind what = kind::bury;
    duration delay{};
    handler_failure::kind why = handler_failure::kind::retryable;
};

/// A failed attempt, and where its record stands.
struct failed_attempt {
    handler_failure::kind why = handler_failure::kind::retryable;
    std::int32_t number = 1;            ///< attempts, this one included
    duration since_first = {};          ///< failure
    std::optional<duration> left = {};  ///< until its deadline
};

/// Decides it, by the flow's settings: pure but for the random numbers of the delays. What has no time left for
/// another attempt before its deadline is buried as expired, without waiting for it.
class remedies {
public:
    remedies(const flow_settings& settings, std::uint64_t seed)
        : topics_{settings.retry_topics},
          total_{settings.retry.total},
          retries_{settings.retry, seed}
    {
    }

    remedy after(const failed_attempt& failed);

private:
    std::vector<duration> topics_;
    duration total_;
    retry_schedule retries_;
};

}  // namespace sluice
