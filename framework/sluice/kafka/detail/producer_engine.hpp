#pragma once

#include "sluice/base/clock.hpp"
#include "sluice/kafka/detail/answers.hpp"
#include "sluice/kafka/detail/producer_session.hpp"
#include "sluice/kafka/producer.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::kafka::detail {

/// Collects deliveries, hands them to a librdkafka producer in the order of their sends, answers each once, and
/// replaces the producer when it has failed for good. Shared, because a hand-over that was posted may run after its
/// owner has gone. Used from the loop's thread.
class producer_engine : public std::enable_shared_from_this<producer_engine> {
public:
    producer_engine(asio::any_io_executor loop, settings cluster, producer_settings how, offload& blocking, logger log);

    void submit(delivery_handle what);
    /// All of it, which it owns from now on.
    void submit(shipment& what);
    /// The delivery is answered then with `errc::outcome_unknown`, unless it has been or the alarm is gone.
    [[nodiscard]] clock::alarm end_wait_at(time_point when, delivery& what);
    /// Where answers to lone sends go, on the loop.
    resumptions& answered() noexcept { return *answered_; }
    [[nodiscard]] const asio::any_io_executor& loop() const noexcept { return loop_; }
    /// Not answered, or answered before librdkafka's report.
    [[nodiscard]] std::size_t outstanding() const noexcept;
    awaitable<std::size_t> close(time_point deadline);
    /// Answers all that is left; no report comes from now on.
    void end();

    [[nodiscard]] std::optional<std::int32_t> partitions_of(std::string_view topic) const;
    awaitable<result<std::int32_t>> learn(std::string topic);

private:
    void make_session();
    void replace_session(const std::string& why);
    void remove_retired();

    void plan();
    void post_turn();
    void turn();
    void hand_over();
    void reports_came();

    void answer(delivery& what, result<position>&& with);
    void answer_waiting(const error& with);
    void watch();
    void expire();
    void settled();

    const asio::any_io_executor loop_;
    clock& clock_;
    const settings cluster_;
    const producer_settings how_;
    offload& blocking_;
    const logger log_;
    duration time_limit_{};

    delivery_list waiting_;  // in the order of their sends, not librdkafka's yet
    std::unique_ptr<producer_session> session_;
    std::vector<std::unique_ptr<producer_session>> retired_;  // failed for good, with reports to come
    std::optional<error> dead_;                               // no session can be made any more
    time_point replaced_{};
    clock::alarm replacement_;

    bool full_ = false;    // librdkafka's queue, until a report comes
    bool posted_ = false;  // a turn
    time_point since_{};   // when the first that waits was sent
    std::shared_ptr<resumptions> answered_ = std::make_shared<resumptions>();
    bool watched_ = false;  // until watch_ rings
    clock::alarm watch_;

    bool closing_ = false;
    std::size_t unsent_ = 0;  // since then
    wait_queue idle_;

    std::map<std::string, std::int32_t, std::less<>> partitions_;
};

}  // namespace sluice::kafka::detail
