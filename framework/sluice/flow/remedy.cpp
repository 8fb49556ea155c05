#include "sluice/flow/remedy.hpp"

namespace sluice {

remedy remedies::after(const failed_attempt& failed)
{
    using kind = handler_failure::kind;
    const remedy bury{remedy::kind::bury, {}, failed.why};
    if (failed.why != kind::retryable && failed.why != kind::unavailable) return bury;
    const auto delay = retries_.after(failed.number);
    if (!delay || (total_ > duration::zero() && failed.since_first + *delay > total_)) return bury;
    if (failed.left && *delay >= *failed.left) return {remedy::kind::bury, {}, kind::expired};
    return {remedy::kind::again, *delay, failed.why};
}

}  // namespace sluice
