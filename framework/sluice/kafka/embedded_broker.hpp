#pragma once

#include "sluice/kafka/settings.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace sluice::kafka {

/// A Kafka cluster inside the process, on loopback ports of the kernel's choice: librdkafka's own, for the demo and
/// for quick tests. It speaks the real protocol, so other processes and other clients can use it. What it is not:
/// - It keeps at most 5 MiB or 100,000 batches a partition, in memory: a group that lags further behind silently
///   goes on at what is left.
/// - No exactly-once claim may rest on it: offsets committed in a transaction are thrown away, and records of
///   aborted transactions can be read.
/// - Clients cannot create topics: one that is asked for comes into being with four partitions. `create_topic` does.
/// - A group of several members that changes, after it was formed, stands still for `session.timeout.ms`; so it may
///   when it is formed, if a member syncs after its leader.
/// - It knows no lookup by timestamp, and does not describe groups.
/// Thread-safe. Destroying it blocks for up to a second.
class embedded_broker {
public:
    explicit embedded_broker(int brokers = 1);
    embedded_broker(const embedded_broker&) = delete;
    embedded_broker& operator=(const embedded_broker&) = delete;
    ~embedded_broker();

    /// "127.0.0.1:43211,…"
    [[nodiscard]] std::string bootstrap_servers() const;
    /// For clients of this cluster, with the defaults that it needs.
    [[nodiscard]] settings client_settings() const;

    /// Throws `failure` if there is one already.
    void create_topic(const std::string& name, std::int32_t partitions);

    /// Every broker closes its connections and refuses new ones, until `up`. Records and offsets stay.
    void down();
    void up();
    /// The answer to each request is held back for this long.
    void round_trip_time(std::chrono::milliseconds time);
    /// The next requests of a kind (Kafka's API key: 0 produce, 1 fetch, 8 offset commit …) get these errors, one
    /// each, by Kafka's error codes.
    void fail_next(std::int16_t api_key, std::span<const int> errors);

private:
    struct cluster;
    std::unique_ptr<cluster> cluster_;
};

}  // namespace sluice::kafka
