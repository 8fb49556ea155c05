#include "sluice/flow/remedy.hpp"

namespace sluice {

remedy remedies::after(const failed_attempt& failed)
{
    using kind = handler_failure::kind;
    const remedy bury{remedy::kind::bury, {}, failed.why};
    if (failed.why != kind::retryable && failed.why != kind::unavailable) return bury;
    std::optional<duration> delay;
    const auto turn = static_cast<std::size_t>(failed.number - 1);
    if (topics_.empty())
        delay = retries_.after(failed.number);
    else if (turn < topics_.size())
        delay = topics_[turn];
    if (!delay || (total_ > duration::zero() && failed.since_first + *delay > total_)) return bury;
    if (failed.left && *delay >= *failed.left) return {remedy::kind::bury, {}, kind::expired};
    return {topics_.empty() ? remedy::kind::again : remedy::kind::detour, *delay, failed.why};
}

}  // namespace sluice
