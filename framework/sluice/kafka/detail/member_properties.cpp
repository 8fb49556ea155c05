#include "sluice/kafka/detail/member_properties.hpp"

#include "sluice/kafka/detail/client.hpp"
#include "sluice/kafka/detail/version.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace sluice::kafka::detail {

using namespace std::chrono_literals;

duration look_again(rd_kafka_t* client)
{
    return std::min<duration>(1s,
                              std::chrono::milliseconds{std::stoll(property_of(client, "max.poll.interval.ms"))} / 3);
}

bool may_end_while_joining(rd_kafka_t* client)
{
    return may_end_while_joining() ||
           property_of(client, "partition.assignment.strategy").find("cooperative") == std::string::npos;
}

}  // namespace sluice::kafka::detail
