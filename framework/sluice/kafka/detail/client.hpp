#pragma once

#include "sluice/base/offload.hpp"
#include "sluice/base/result.hpp"
#include "sluice/kafka/detail/configuration.hpp"
#include "sluice/kafka/detail/handles.hpp"
#include "sluice/telemetry/log.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace sluice::kafka::detail {

/// A librdkafka client and what its threads refer to. Destroying it blocks (see client_handle).
class client {
public:
    client() = default;
    client(client&&) = default;
    client& operator=(client&&) = delete;

    /// `events`: those that come as events (RD_KAFKA_EVENT_…), since no callback of ours is called but for the log.
    /// `reported`: called for a producer's delivery reports by whoever polls it.
    static result<client> make(const settings& from, client_kind kind, const properties& own, int events, logger log,
                               std::function<void(const rd_kafka_message_t&)> reported = {});

    [[nodiscard]] rd_kafka_t* get() const noexcept { return handle_.get(); }
    explicit operator bool() const noexcept { return handle_ != nullptr; }

    /// Keeps what librdkafka may still point to until it is gone.
    void keep(std::shared_ptr<const void> what) { kept_ = std::move(what); }

private:
    struct callbacks {
        logger log;  // librdkafka's threads write to it
        std::function<void(const rd_kafka_message_t&)> reported;
    };
    static void write_log(const rd_kafka_t* client, int level, const char* facility, const char* text);
    static void report(rd_kafka_t* client, const rd_kafka_message_t* message, void* opaque);

    std::shared_ptr<const void> kept_;
    std::unique_ptr<const callbacks> callbacks_;  // until the handle is destroyed
    client_handle handle_;
};

/// A property as the client has it, its default included.
std::string property_of(rd_kafka_t* client, const char* name);

/// How many partitions a topic has; blocks for at most five seconds.
result<std::int32_t> ask_partitions(rd_kafka_t* client, const std::string& topic);

/// Destroyed on a thread of `blocking`, whoever lets go of it last. `blocking` must outlive it.
std::shared_ptr<client> destroyed_on(offload& blocking, client what);

/// Never destroyed: for one whose end would be the process's. Its threads stay. From any thread.
void forsake(std::shared_ptr<client> what);

}  // namespace sluice::kafka::detail
