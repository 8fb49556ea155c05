#pragma once

#include "sluice/base/clock.hpp"
#include "sluice/base/offload.hpp"
#include "sluice/base/wait_queue.hpp"
#include "sluice/kafka/detail/client.hpp"
#include "sluice/kafka/detail/offset_requests.hpp"
#include "sluice/kafka/detail/queue_signal.hpp"
#include "sluice/kafka/detail/record_reader.hpp"
#include "sluice/kafka/detail/refusals.hpp"
#include "sluice/kafka/detail/troubles.hpp"
#include "sluice/record/broker.hpp"
#include "sluice/telemetry/log.hpp"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace sluice::kafka {

struct consumer_settings {
    std::string group;
    std::vector<std::string> topics;  ///< names; one that begins with '^' is a regular expression
    /// A name that only this member has, and keeps over restarts (`group.instance.id`, KIP-345): it does not leave the
    /// group when it closes, and when it is back before its session times out it has the same partitions, without a
    /// rebalance. Empty: none.
    std::string instance = {};
    duration request_limit = std::chrono::seconds{5};  ///< for each answer of the group's coordinator
    std::size_t batch = 1000;                          ///< at most so many records in a batch
    /// Instead of topics: these, which come as `assigned` at once and stay, whoever else reads them. Nothing is to be
    /// committed then: the group is joined by nobody.
    sluice::partitions partitions = {};
};

/// One member of one group, over librdkafka: eager, cooperative, and the new group protocol alike. It joins when it is
/// made and stays a member, whether `next` is called or not, until it is closed: that a flow is stuck is the flow's
/// to notice, not the group's.
///
/// Records point into librdkafka's buffers and keep them: all must be gone before `blocking` is. Used from the
/// loop's thread, and outlives every wait on it. Close it before it goes; else it leaves without a good-bye, and the
/// group waits for its session to time out.
class consumer final : public source {
public:
    /// Throws `failure` (`errc::invalid`) that names what is wrong with the settings. That a topic is unknown or a
    /// broker away is told later, by `failed`. `blocking` outlives the consumer: what is left of it ends there.
    consumer(asio::any_io_executor loop, const settings& cluster, consumer_settings what, offload& blocking,
             logger log = {});
    ~consumer() override;

    /// Whether the group has answered with partitions, be it none, since the consumer was made: it is a member.
    [[nodiscard]] bool joined() const noexcept { return joined_; }

    awaitable<event> next() override;
    void intake(bool open) override;
    /// Bounded by `consumer_settings::request_limit`.
    awaitable<result<positions>> committed(partitions of) override;
    /// `from` names the partitions of `assigned`, each once. Also with an error the question is answered.
    awaitable<result<>> accept(positions from) override;
    awaitable<result<>> give_up(partitions which) override;
    /// Bounded by `consumer_settings::request_limit`. Cancelled or timed out, the commit may still happen, but not
    /// after a later one.
    awaitable<result<>> commit(positions finished) override;
    [[nodiscard]] positions position(const partitions& of) const override;
    /// `position::stored` means the reset policy here.
    void seek(const positions& to) override;
    void hold(const partitions& which) override;
    void release(const partitions& which) override;
    /// Null while the group counts it as gone: then librdkafka's own metadata names nobody, and a broker takes what
    /// nobody commits for the commit of a client without a group, and does not fence it.
    [[nodiscard]] membership member() const override;
    /// Cancellation is as if the deadline had come.
    awaitable<> close(time_point deadline) override;

private:
    enum class question { none, assigned, revoked };

    [[nodiscard]] rd_kafka_t* client() const noexcept { return client_->get(); }
    void answer_all();
    void end(bool destroy) noexcept;
    void drain(detail::queue_signal& queue);
    void on_event(detail::event_handle event);
    void on_rebalance(rd_kafka_event_t& event);
    std::optional<event> take();
    void put(event what);
    [[nodiscard]] bool unanswered() const;

    asio::any_io_executor loop_;
    consumer_settings what_;
    logger log_;
    std::shared_ptr<detail::client> client_;
    detail::refusals refusals_;
    // What the group asks and tells; what answers a request of ours. None of these when closed.
    std::optional<detail::queue_signal> control_, replies_;
    std::optional<detail::offset_requests> offsets_;
    std::optional<detail::record_reader> records_;
    detail::troubles troubles_;

    std::deque<event> events_;
    question asked_ = question::none;
    partitions asked_for_;  // by `revoked`
    bool intake_ = true;
    bool breathe_ = false;  // the last event was a batch, taken without a turn of the loop
    bool joined_ = false, closing_ = false, closed_ = false;
    wait_queue ready_, left_;
};

}  // namespace sluice::kafka
