#pragma once

#include "sluice/base/offload.hpp"
#include "sluice/kafka/settings.hpp"
#include "sluice/record/broker.hpp"
#include "sluice/record/topic.hpp"
#include "sluice/telemetry/log.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::kafka {

namespace detail {
class client;
}

struct admin_settings {
    /// Replicas of a new partition; unset: the brokers' default.
    std::optional<std::int16_t> replication_factor = {};
    /// Of each request.
    std::chrono::milliseconds time_limit = std::chrono::seconds{10};
};

/// Where the cluster's topic is not what its declaration says.
struct topic_difference {
    std::string topic;
    std::string what;  ///< "partitions", or the name of a topic property
    std::string declared;
    std::string found;

    /// "order.placed: partitions: declared 12, found 4"
    [[nodiscard]] std::string message() const;
    friend bool operator==(const topic_difference&, const topic_difference&) = default;
};

struct topics_ensured {
    std::vector<std::string> created;
    std::vector<topic_difference> differences;  ///< left as they are
};

/// The offsets of a partition's log.
struct partition_range {
    topic_partition where;
    std::int64_t begin = 0;  ///< of the oldest record that is kept
    std::int64_t end = 0;    ///< of the next record

    friend bool operator==(const partition_range&, const partition_range&) = default;
};

/// How far a group is behind in a partition.
struct partition_lag {
    topic_partition where;
    std::optional<std::int64_t> committed;  ///< none: the group has committed nothing there
    std::int64_t end = 0;

    /// Records that are still to be handled: all that are kept, where nothing is committed.
    std::int64_t lag = 0;
};

/// Questions and orders to the cluster itself. Every call waits on a thread of the pool, at most for the time limit of
/// each request, and asks again within its time limit what cannot be answered now. Cancellation ends it after the
/// request that runs. `errc::unavailable` and `errc::timed_out` when no broker answers. Used from its loop's thread;
/// `blocking` must outlive it.
class admin {
public:
    /// Throws `failure` for bad settings.
    admin(const settings& cluster, offload& blocking, logger log, admin_settings how = {});

    /// Creates the declared topics that do not exist, and compares those that do: partitions, and each property
    /// that is declared. It never alters a topic.
    awaitable<result<topics_ensured>> ensure(std::vector<topic_declaration> declared);

    /// Every partition of every topic (but Kafka's own), or of the topics named, by topic and partition. A topic
    /// that does not exist is `errc::not_found`; none is created by asking.
    awaitable<result<std::vector<partition_range>>> topics(std::vector<std::string> names = {});

    /// What a group has committed, with its metadata; `position::stored` where it has not.
    awaitable<result<positions>> committed(std::string group, partitions of);

    /// Of a group in every partition of some topics.
    awaitable<result<std::vector<partition_lag>>> lag(std::string group, std::vector<std::string> topics);

private:
    offload& blocking_;
    admin_settings how_;
    std::shared_ptr<detail::client> client_;
};

}  // namespace sluice::kafka
