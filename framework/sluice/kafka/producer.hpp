#pragma once

#include "sluice/base/clock.hpp"
#include "sluice/base/offload.hpp"
#include "sluice/kafka/settings.hpp"
#include "sluice/record/patient_sink.hpp"
#include "sluice/telemetry/log.hpp"

#include <cstddef>
#include <memory>
#include <optional>

namespace sluice::kafka {

namespace detail {
class producer_engine;
}

struct producer_settings {
    /// How long librdkafka may try to deliver a record. Unset: the property `message.timeout.ms`, else 30 s.
    std::optional<std::chrono::milliseconds> delivery_timeout = {};
    /// Sends that may wait for a place in librdkafka's queue (`queue.buffering.max.messages`); beyond it a send
    /// answers `not_sent` at once.
    std::size_t waiting = 100'000;
};

/// The sink that is Kafka: an idempotent producer with `acks=all`.
///
/// Sends that wait together go out together: what coroutines send is handed over at the end of the loop's turn, and
/// what comes while requests are in flight is gathered for the next ones. Records of one partition are in the log in
/// the order of their sends. A full queue makes senders wait, first come, first served.
///
/// A send is answered at the latest three seconds after its time limit. A record that the broker refuses is
/// `errc::invalid`. When librdkafka's producer fails for good (fatal), it is replaced inside; what was in flight is
/// told apart as `not_sent` and `outcome_unknown`, and `errc::fatal` comes only if no new one can be made.
///
/// Used from its loop's thread. It must outlive its sends; `blocking` must outlive it.
class producer final : public patient_sink {
public:
    /// Throws `failure` for bad settings. Connects in the background: a broker that is away is no error here.
    producer(asio::any_io_executor loop, settings cluster, producer_settings how, offload& blocking, logger log);
    ~producer() override;

    awaitable<result<position>> send(outgoing what) override;
    awaitable<result<position>> send_until(outgoing what, time_point when) override;
    awaitable<std::vector<result<position>>> send_all(std::vector<outgoing> what) override;

    /// Known of the topics that were asked for with `learn`.
    [[nodiscard]] std::optional<std::int32_t> partitions_of(std::string_view topic) const override;
    /// Asks the cluster how many partitions a topic has and keeps the answer. Waits for at most five seconds.
    awaitable<result<std::int32_t>> learn(std::string topic);

    /// Sends without an answer: waiting, or in flight.
    [[nodiscard]] std::size_t outstanding() const noexcept;

    /// Takes no more sends (`errc::closed`), waits until all are answered, at most until `deadline`; what is left
    /// then is thrown away and answered. Returns how many sends ended without being in the log since.
    awaitable<std::size_t> close(time_point deadline);

private:
    std::shared_ptr<detail::producer_engine> engine_;
};

}  // namespace sluice::kafka
