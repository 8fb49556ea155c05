#pragma once

#include "sluice/base/offload.hpp"
#include "sluice/kafka/consumer.hpp"
#include "sluice/kafka/embedded_broker.hpp"
#include "sluice/kafka/producer.hpp"
#include "sluice/record/topic.hpp"

#include <string>
#include <vector>

namespace sluice::testing {

/// A cluster inside the test, with a producer, for tests of flows and handlers over the real protocol:
///
///     broker_fixture kafka{co_await asio::this_coro::executor};
///     kafka.create(orders_placed);
///     co_await kafka.send(orders_placed.make(order));
///     …
///     const auto reserved = co_await kafka.read("inventory.reserved", 1);
///     co_await kafka.close();
///
/// Used from one loop's thread; close it before it goes. Its limits are those of `kafka::embedded_broker`.
class broker_fixture {
public:
    explicit broker_fixture(asio::any_io_executor loop);

    void create(const topic_declaration& topic) { create(topic.name(), topic.partitions()); }
    void create(const std::string& topic, std::int32_t partitions);

    /// Waits until the record is in the log; throws `failure` if it is not.
    awaitable<position> send(outgoing what);

    /// The first `count` records of a topic, partition after partition as they come; throws `failure`
    /// (`errc::timed_out`) when there are not so many within `limit`. They own their bytes.
    awaitable<std::vector<record>> read(std::string topic, std::size_t count,
                                        duration limit = std::chrono::seconds{15});

    /// A member of a group, as `flow` takes it. It must be closed and gone before the fixture is.
    std::unique_ptr<kafka::consumer> join(std::string group, std::string topic);

    [[nodiscard]] sink& producer() noexcept { return producer_; }
    [[nodiscard]] kafka::embedded_broker& broker() noexcept { return broker_; }
    /// For clients of the test's own.
    [[nodiscard]] kafka::settings settings() const { return broker_.client_settings(); }

    /// Waits until all sends are answered, at most five seconds.
    awaitable<> close();

private:
    asio::any_io_executor loop_;
    kafka::embedded_broker broker_;
    offload blocking_;
    kafka::producer producer_;
};

}  // namespace sluice::testing
