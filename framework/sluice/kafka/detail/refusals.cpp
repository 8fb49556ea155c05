#include "sluice/kafka/detail/refusals.hpp"

#include <thread>

namespace sluice::kafka::detail {

void refusals::send(std::shared_ptr<client> member)
{
    ++*on_their_way_;
    auto answer = [member = std::move(member), left = on_their_way_]() mutable {
        rd_kafka_assign(member->get(), nullptr);
        member.reset();
        --*left;
    };
    std::thread{std::move(answer)}.detach();
}

bool refusals::settled(time_point now) noexcept
{
    constexpr auto moment = std::chrono::milliseconds{200};
    if (!ended_) ended_ = now;
    return answered() || now - *ended_ > moment;
}

}  // namespace sluice::kafka::detail
