#pragma once

#include "sluice/base/clock.hpp"
#include "sluice/kafka/detail/client.hpp"

#include <atomic>
#include <memory>
#include <optional>

namespace sluice::kafka::detail {

/// The answers to rebalances of a member that closes: any is taken as "give up everything". The call waits for
/// librdkafka's main thread, and waits for ever when the member has ended meanwhile, for its queue is then emptied
/// without answers (rd_kafka_cgrp_terminated). So each is made on a thread of its own.
class refusals {
public:
    void send(std::shared_ptr<client> member);
    /// Whether none is on its way. The member must not be destroyed before.
    [[nodiscard]] bool answered() const noexcept { return *on_their_way_ == 0; }

    /// The same for a member that has ended: what is not answered a moment after the first call never will be.
    [[nodiscard]] bool settled(time_point now) noexcept;

private:
    std::optional<time_point> ended_;
    std::shared_ptr<std::atomic<int>> on_their_way_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace sluice::kafka::detail
