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

/// A source that tells when it is given partitions.
class watched_source final : public source_decorator {
public:
    using source_decorator::source_decorator;

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

private:
    bool owns_ = false;
    wait_queue owning_;
};

/// A flow in the test's process on a topic of Apache Kafka that is busy: `keys` keys in turn, `rate` records a second.
class busy_flow {
public:
    struct settings {
        std::string topic;
        flow_settings flow;
        std::size_t keys = 10'000, rate = 2'000;
    };
    /// The record's number, from 0 on, and when it was made.
    struct numbered {
        std::size_t number;
        time_point made;
    };

    busy_flow(asio::any_io_executor loop, one_broker& on, settings what);

    /// Sends records, from the moment on when the flow has partitions.
    awaitable<> send(std::size_t count);
    /// Handles records until `enough`, which is asked after each attempt, says so; then stops in order.
    awaitable<> handle(record_handler handler, std::function<bool()> enough);

    static numbered of(const record& what);

    [[nodiscard]] flow_totals totals() const { return flow_->totals(); }
    [[nodiscard]] clock& time() const noexcept { return time_; }

private:
    awaitable<reply> attempt(const record_handler& handler, const record& what, context& about);

    settings what_;
    clock& time_;
    offload blocking_;
    kafka::producer to_;
    kafka::consumer member_;
    watched_source from_;
    metrics numbers_;
    wait_queue attempted_;
    cancellation stop_;
    std::unique_ptr<flow> flow_;
};

}  // namespace sluice
