#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/offload.hpp"
#include "sluice/kafka/settings.hpp"
#include "sluice/record/broker.hpp"
#include "sluice/telemetry/log.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace sluice::kafka {

struct transaction_producer_settings {
    /// Names the producer to the cluster: who comes later with the same name fences who came before, so each needs
    /// its own. A process that keeps it through its restarts ends at once what it left open; else that is open, and
    /// holds up who reads what is committed, until `time_limit`.
    std::string transactional_id;
    /// For one transaction (`transaction.timeout.ms`): then the cluster aborts it.
    std::chrono::milliseconds time_limit = std::chrono::seconds{30};
    std::size_t records = 10'000;  ///< so many are expected in one transaction
};

/// The transactional sink that is Kafka. A thread of its own makes librdkafka's blocking calls. What can be tried
/// again inside of a transaction is; when the producer has failed for good, fenced or not, a new one takes its place,
/// but not when another with the same id fences it again and again (`errc::fatal`).
///
/// A transaction is decided at the latest three time limits after it came to its turn. Used from the loop's thread;
/// `blocking` outlives it, and the loop what is left in `blocking`.
class transactional_producer final : public transactional_sink {
public:
    /// Throws `failure` for bad settings. Connects in the background.
    transactional_producer(asio::any_io_executor loop, settings cluster, transaction_producer_settings how,
                           offload& blocking, logger log);
    /// What is on its way is given up soon, on `blocking`.
    ~transactional_producer() override;

    /// Waits until no transaction of an earlier producer with this id is open any more; for a cluster that is away,
    /// for at most the time limit. Without it the first transaction does.
    awaitable<result<>> open();

    awaitable<boost::system::result<void, transaction_error>> transact(outgoing_batch what, positions finished,
                                                                       membership of) override;

    /// Known of the topics that were asked for with `learn`.
    [[nodiscard]] std::optional<std::int32_t> partitions_of(std::string_view topic) const override;
    /// As `producer::learn`, after what is on its way.
    awaitable<result<std::int32_t>> learn(std::string topic);

private:
    struct state;
    template <class Answer, class Work>
    awaitable<Answer> ask(Work work);

    asio::any_io_executor loop_;
    offload& blocking_;
    std::shared_ptr<state> state_;
    std::map<std::string, std::int32_t, std::less<>> partitions_;
};

}  // namespace sluice::kafka
