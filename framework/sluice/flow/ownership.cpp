#include "sluice/flow/ownership.hpp"

#include "sluice/flow/detour.hpp"

#include <algorithm>

namespace sluice {

std::shared_ptr<assignment> ownership::add(topic_partition where, std::string_view group,
                                           const cancellation_token& parent)
{
    const bool retries = is_retry_topic(where.topic, group);
    ours_.push_back(std::make_shared<assignment>(std::move(where), parent));
    last_ = nullptr;
    ours_.back()->retries = retries;
    return ours_.back();
}

assignment* ownership::find(std::string_view topic, std::int32_t partition)
{
    if (last_ && last_->where.partition == partition && last_->where.topic == topic) return last_;
    const auto known = std::ranges::find_if(
        ours_, [&](const auto& one) { return one->where.partition == partition && one->where.topic == topic; });
    last_ = known == ours_.end() ? nullptr : known->get();
    return last_;
}

assignments ownership::take_out(const partitions& which)
{
    leaving_.clear();
    for (const auto& where : which) {
        const auto known = std::ranges::find(ours_, where, &assignment::where);
        if (known == ours_.end()) continue;
        leaving_.push_back(std::move(*known));
        ours_.erase(known);
    }
    last_ = nullptr;
    return leaving_;
}

void ownership::clear()
{
    ours_.clear();
    last_ = nullptr;
}

void ownership::add_to(flow_totals& now) const
{
    now.partitions = ours_.size();
    for (const auto& one : ours_) now.refused += one->refused;
}

assignments ownership::all() const
{
    auto all = ours_;
    all.insert(all.end(), leaving_.begin(), leaving_.end());
    return all;
}

}  // namespace sluice
