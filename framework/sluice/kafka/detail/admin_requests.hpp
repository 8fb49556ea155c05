#pragma once

#include "sluice/kafka/admin.hpp"
#include "sluice/kafka/detail/client.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sluice::kafka::detail {

using topic_properties = std::map<std::string, std::string, std::less<>>;

/// The requests that `admin` is made of. Each blocks until the cluster has answered, or the time limit is over.
class admin_requests {
public:
    admin_requests(std::shared_ptr<client> asks, std::chrono::milliseconds time_limit)
        : client_{std::move(asks)},
          time_limit_{static_cast<int>(time_limit.count())}
    {
    }

    /// Of every topic but Kafka's own. No topic comes into being by it.
    [[nodiscard]] result<std::map<std::string, std::int32_t>> partition_counts() const;
    /// Returns the names of those that were created; another may have been quicker.
    [[nodiscard]] result<std::vector<std::string>> create(const std::vector<topic_declaration>& missing,
                                                          std::int16_t replication_factor) const;
    [[nodiscard]] result<topic_properties> properties_of(const std::string& topic) const;
    [[nodiscard]] result<partition_range> range_of(const topic_partition& where) const;
    [[nodiscard]] result<positions> committed(const std::string& group, const partitions& of) const;

private:
    template <class Send>
    [[nodiscard]] result<event_handle> request(rd_kafka_admin_op_t kind, const std::string& what, Send send) const;

    std::shared_ptr<client> client_;
    int time_limit_;  // milliseconds
};

}  // namespace sluice::kafka::detail
