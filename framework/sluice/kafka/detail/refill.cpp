#include "sluice/kafka/detail/refill.hpp"

#include "sluice/kafka/detail/client.hpp"
#include "sluice/kafka/detail/handles.hpp"
#include "sluice/kafka/detail/version.hpp"

#include <algorithm>

namespace sluice::kafka::detail {

refill::refill(rd_kafka_t* client)
    : client_{client},
      needed_{!fetches_when_there_is_room()},
      record_bound_{std::stoul(property_of(client, "queued.min.messages"))},
      byte_bound_{std::stoul(property_of(client, "queued.max.messages.kbytes")) * 1024},
      user_{property_of(client, "sasl.username")},
      password_{property_of(client, "sasl.password")}
{
}

void refill::took(std::size_t records, std::size_t bytes)
{
    records_ += records;
    bytes_ += bytes;
    if (!needed_ || (records_ < std::max<std::size_t>(record_bound_ / 4, 1) && bytes_ < byte_bound_ / 4)) return;
    records_ = bytes_ = 0;
    wake();
}

// Of what wakes the threads that fetch, it is the only call that does nothing else: what it sets is what there is.
void refill::wake()
{
    const error_handle refused{rd_kafka_sasl_set_credentials(client_, user_.c_str(), password_.c_str())};
}

}  // namespace sluice::kafka::detail
