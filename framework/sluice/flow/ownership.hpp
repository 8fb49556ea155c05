#pragma once

#include "sluice/flow/handler.hpp"
#include "sluice/flow/lanes.hpp"
#include "sluice/record/broker.hpp"

#include <string_view>

namespace sluice {

/// The partitions that a flow has now: those that are its own, and those that it has been asked for, or has lost, until
/// they are given up.
class ownership {
public:
    std::shared_ptr<assignment> add(topic_partition where, std::string_view group, const cancellation_token& parent);
    /// None: it is not ours.
    [[nodiscard]] assignment* find(std::string_view topic, std::int32_t partition);
    /// These leave from now on.
    assignments take_out(const partitions& which);
    /// Those that leave have left.
    void left() { leaving_.clear(); }
    void clear();

    [[nodiscard]] const assignments& ours() const noexcept { return ours_; }
    [[nodiscard]] assignments all() const;
    void add_to(flow_totals& now) const;

private:
    assignments ours_, leaving_;
    assignment* last_ = nullptr;  // the one found last: the next is mostly of the same
};

}  // namespace sluice
