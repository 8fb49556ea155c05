#pragma once

#include "sluice/base/scope.hpp"
#include "sluice/base/wait_queue.hpp"
#include "sluice/flow/dead_letter.hpp"
#include "sluice/flow/flow.hpp"
#include "sluice/kafka/consumer.hpp"
#include "sluice/kafka/producer.hpp"
#include "sluice/record/source_decorator.hpp"
#include "system/kafka/one_broker.hpp"

namespace sluice {

/// A source that tells when it is given partitions, and when some are taken away.
class watched_source final : public source_decorator {
public:
    using source_decorator::source_decorator;

    awaitable<event> next() override
    {
        auto what = co_await from_.next();
        if (std::holds_alternative<revoked>(what) || std::holds_alternative<lost>(what)) ++taken_;
        co_return what;
    }
    awaitable<result<>> accept(positions from) override
    {
        owns_ = true;
        owning_.wake_all();
        return from_.accept(std::move(from));
    }
    /// Waits until it has partitions.
    awaitable<> owns()
    {
        while (!owns_) co_await owning_.wait();
    }
    [[nodiscard]] std::size_t taken() const noexcept { return taken_; }

private:
    bool owns_ = false;
    std::size_t taken_ = 0;
    wait_queue owning_;
};

/// A flow in the test's process on a topic of Apache Kafka that is busy: `keys` keys in turn, `rate` records a second.
class busy_flow {
public:
    struct settings {
        std::string topic;
        flow_settings flow;
        std::size_t keys = 10'000, rate = 2'000;
        std::int32_t partitions = 6;
        kafka::properties member = {};  ///< of its consumer, over ours
    };
    /// The record's number, from 0 on, and when it was made.
    struct numbered {
        std::size_t number;
        time_point made;
    };

    busy_flow(asio::any_io_executor loop, one_broker& on, settings what);

    /// Sends so many more records, from the moment on when the flow has partitions.
    awaitable<> send(std::size_t count);
    /// The same at once, each with a key of its own, as many in each partition.
    awaitable<> send_at_once(std::size_t count);
    /// How many were begun to be sent: the next one's number.
    [[nodiscard]] std::size_t sent() const noexcept { return sent_; }

    /// Handles records while `meanwhile` goes on, then stops in order.
    awaitable<> handle(record_handler handler, std::function<awaitable<>()> meanwhile);
    /// Waits until `holds`, which is asked after each attempt, says so.
    awaitable<> until(std::function<bool()> holds);

    static numbered of(const record& what);

    [[nodiscard]] flow_totals totals() const { return flow_->totals(); }
    /// How often partitions were taken away.
    [[nodiscard]] std::size_t taken() const noexcept { return from_.taken(); }
    [[nodiscard]] clock& time() const noexcept { return time_; }

private:
    awaitable<reply> attempt(const record_handler& handler, const record& what, context& about);
    outgoing next(std::string key);

    settings what_;
    clock& time_;
    offload blocking_;
    kafka::producer to_;
    kafka::consumer member_;
    watched_source from_;
    metrics numbers_;
    std::size_t sent_ = 0;
    wait_queue attempted_;
    cancellation stop_;
    std::unique_ptr<flow> flow_;
};

}  // namespace sluice
