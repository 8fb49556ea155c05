#include "sluice/flow/settings.hpp"

namespace sluice {

result<> flow_settings::validate() const
{
    const auto bad = [this](const char* property, const char* rule) -> result<> {
        return error{errc::invalid, "flow of group \"" + group + "\": " + property + ' ' + rule};
    };
    if (group.empty()) return bad("group", "must not be empty");
    if (std::visit([](const auto& order) { return order.running == 0; }, this->order))
        return bad("order.running", "must be at least 1");
    if (retry.attempts < 1) return bad("retry.attempts", "must be at least 1");
    if (retry.first_delay < duration::zero()) return bad("retry.first_delay", "must not be negative");
    if (retry.max_delay < retry.first_delay) return bad("retry.max_delay", "must not be less than first_delay");
    if (retry.total < duration::zero()) return bad("retry.total", "must not be negative");
    if (sending.attempts < 0) return bad("sending.attempts", "must not be negative");
    if (sending.first_delay <= duration::zero()) return bad("sending.first_delay", "must be more than 0");
    if (sending.max_delay < sending.first_delay) return bad("sending.max_delay", "must not be less than first_delay");
    if (!retry_topics.empty()) {
        if (!std::holds_alternative<unordered>(order)) return bad("retry_topics", "are for unordered flows");
        if (retry.attempts != 1) return bad("retry_topics", "stand for retry.attempts, which must be 1");
        for (const auto delay : retry_topics)
            if (delay <= duration::zero() || delay % std::chrono::milliseconds{1} != duration::zero())
                return bad("retry_topics", "must be whole milliseconds, and more than 0");
    }
    if (breaker) {
        if (breaker->window == 0) return bad("breaker.window", "must be at least 1");
        if (!(breaker->failures > 0 && breaker->failures <= 1))
            return bad("breaker.failures", "must be more than 0, and at most 1");
        if (breaker->open <= duration::zero()) return bad("breaker.open", "must be more than 0");
    }
    if (limit) {
        if (!(limit->per_second >= 0.001 && limit->per_second <= 1e9))
            return bad("limit.per_second", "must be from 0.001 to 1e9");
        if (limit->burst < 1 || limit->burst > 1'000'000) return bad("limit.burst", "must be from 1 to 1,000,000");
    }
    if (batch.records == 0) return bad("batch.records", "must be at least 1");
    if (parked == 0) return bad("parked", "must be at least 1");
    if (ahead == 0) return bad("ahead", "must be at least 1");
    if (transaction.records == 0) return bad("transaction.records", "must be at least 1");
    if (transaction.age <= duration::zero()) return bad("transaction.age", "must be more than 0");
    if (transaction.bytes == 0) return bad("transaction.bytes", "must be at least 1");
    if (commit_interval <= duration::zero()) return bad("commit_interval", "must be more than 0");
    if (stuck_after <= duration::zero()) return bad("stuck_after", "must be more than 0");
    if (drain < duration::zero()) return bad("drain", "must not be negative");
    if (mode == delivery::at_most_once && retry.attempts != 1) return bad("retry.attempts", "is 1 at most once");
    if (mode == delivery::at_most_once && dead_letters) return bad("dead_letters", "do not go with at most once");
    return {};
}

flow_settings flow_settings::checked(bool transactions) const
{
    validate().value();
    if (transactions != (mode == delivery::exactly_once))
        throw failure{error{errc::invalid, "flow of group \"" + group +
                                               "\": mode exactly_once, and no other, takes a transactional sink"}};
    return *this;
}

}  // namespace sluice
