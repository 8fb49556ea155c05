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

}  // namespace sluice::kafka::detail
