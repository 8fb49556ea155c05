#include "sluice/kafka/detail/rebalance.hpp"

#include "sluice/kafka/detail/client.hpp"
#include "sluice/kafka/detail/partition_list.hpp"
#include "sluice/kafka/errors.hpp"

#include <string_view>

namespace sluice::kafka::detail {
namespace {

// The protocol is what all members together can speak, so it is known only in a rebalance. The new group protocol
// (KIP-848) counts as cooperative.
bool cooperative(rd_kafka_t* member)
{
    const char* protocol = rd_kafka_rebalance_protocol(member);
    return protocol && std::string_view{protocol} == "COOPERATIVE";
}

result<> check(const error_handle& failed, std::string_view what)
{
    if (!failed) return {};
    return make_error(*failed, what);
}

}  // namespace

result<> subscribe(rd_kafka_t* member, const std::vector<std::string>& topics)
{
    partitions all;
    for (const auto& topic : topics) all.push_back({topic, RD_KAFKA_PARTITION_UA});
    return kafka::check(rd_kafka_subscribe(member, to_list(all).get()),
                        "group " + property_of(member, "group.id") + " cannot subscribe");
}

result<> assign(rd_kafka_t* member, const positions& from)
{
    constexpr std::string_view what = "accept partitions";
    const auto list = to_list(from);
    if (!cooperative(member)) return kafka::check(rd_kafka_assign(member, list.get()), what);
    return check(error_handle{rd_kafka_incremental_assign(member, list.get())}, what);
}

result<> unassign(rd_kafka_t* member, const partitions& which)
{
    constexpr std::string_view what = "give up partitions";
    if (!cooperative(member)) return kafka::check(rd_kafka_assign(member, nullptr), what);
    const auto list = to_list(which);
    return check(error_handle{rd_kafka_incremental_unassign(member, list.get())}, what);
}

}  // namespace sluice::kafka::detail
