#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/result.hpp"
#include "sluice/record/record.hpp"

#include <cstddef>
#include <memory>
#include <variant>

/// The broker port: all that a flow knows of Kafka. `kafka::consumer` and `kafka::producer` implement it, and so
/// does `testing::simulated_broker`. Everything here is used from one loop's thread.
namespace sluice {

using partitions = std::vector<topic_partition>;

/// Where to start or go on in one partition: the offset of the next record. As a commit it says that everything
/// below is finished; `metadata` travels with it (KIP-211's free text, readable by people).
struct position {
    /// Answers `assigned` with "where the group stands, or the source's reset policy".
    static constexpr std::int64_t stored = -1000;

    topic_partition where;
    std::int64_t offset = stored;
    std::string metadata = {};

    friend bool operator==(const position&, const position&) = default;
};
using positions = std::vector<position>;

/// Records in the order of their partitions, at least one.
struct batch {
    std::vector<record> records;
};
/// These partitions are this member's from now on. Fetching starts when the flow answers with `accept`.
struct assigned {
    sluice::partitions partitions;
};
/// These are wanted by others: the flow finishes what runs, commits, and answers with `give_up`.
struct revoked {
    sluice::partitions partitions;
};
/// These belong to others already: the flow stops at once, commits nothing, and answers with `give_up`.
struct lost {
    sluice::partitions partitions;
};
/// `errc::fatal` ends the source. Anything else is transient: the source goes on by itself and has told it.
struct failed {
    sluice::error error;
};
/// The last event.
struct closed {};

using event = std::variant<batch, assigned, revoked, lost, failed, closed>;

/// Who a source is in its group at one moment (the group metadata of KIP-447), for the sink of the same cluster to
/// commit with. Null: it is no member now.
using membership = std::shared_ptr<const void>;

/// One member of one consumer group.
class source {
public:
    virtual ~source() = default;

    /// Waits for what happens next. One caller at a time. Until `assigned`, `revoked` or `lost` is answered no
    /// other event comes. Cancellation ends the wait and loses no event.
    virtual awaitable<event> next() = 0;

    /// Closed, no batch comes, but every other event does and the membership stays: the way to hold everything
    /// back at a bound. Open at the start.
    virtual void intake(bool open) = 0;

    virtual awaitable<result<positions>> committed(partitions of) = 0;
    /// Answers `assigned`: fetching starts at these positions (`position::stored`: where the group stands).
    virtual awaitable<result<>> accept(positions from) = 0;
    /// Answers `revoked` (after the drain and the commit) and `lost` (at once).
    virtual awaitable<result<>> give_up(partitions which) = 0;
    /// Waits for the coordinator's answer. `errc::rebalancing`: keep the positions and try again;
    /// `errc::assignment_lost`: they are another member's now; `errc::unavailable`, `errc::timed_out`: try again.
    virtual awaitable<result<>> commit(positions finished) = 0;
    /// Where the next record would come from: past gaps and transaction markers, for a commit with nothing running.
    /// It moves in the turn in which `next` returns.
    [[nodiscard]] virtual positions position(const partitions& of) const = 0;
    /// Goes back, or forward. Records fetched before are not delivered.
    virtual void seek(const positions& to) = 0;
    /// Stops fetching some partitions and throws away what was fetched of them: only for one held long.
    virtual void hold(const partitions& which) = 0;
    virtual void release(const partitions& which) = 0;

    /// What a transaction commits its positions with: read anew for each, in the turn in which they are read, because
    /// a rebalance makes the one before worthless.
    [[nodiscard]] virtual membership member() const = 0;

    /// Leaves the group. The flow has drained and committed; partitions still owned are given up without an event.
    /// Bounded by `deadline`: then the member goes without saying good-bye. `next` ends with `closed`.
    virtual awaitable<> close(time_point deadline) = 0;
};

/// Where records go.
class sink {
public:
    virtual ~sink() = default;

    /// Waits until the record is in the log (`acks=all`). `errc::not_sent`: surely not there;
    /// `errc::outcome_unknown`: perhaps; `errc::invalid`: it can never be (too large, no such topic, not allowed).
    /// Cancellation ends the wait, not the send.
    virtual awaitable<result<position>> send(outgoing what) = 0;

    /// One wait for all of them; a result each, in order.
    virtual awaitable<std::vector<result<position>>> send_all(std::vector<outgoing> what) = 0;

    /// The number of partitions of a topic, where it is known without asking.
    [[nodiscard]] virtual std::optional<std::int32_t> partitions_of(std::string_view topic) const = 0;
};

/// Shared, not moved away: what was aborted is sent again.
using outgoing_batch = std::shared_ptr<const std::vector<outgoing>>;

/// Why a transaction failed.
struct transaction_error : error {
    using error::error;
    transaction_error(error why) : error{std::move(why)} {}

    std::vector<std::size_t> never = {};  ///< with `errc::invalid`: places in the batch of what can never be sent
};

/// Where records go together with the offsets that they came of, in Kafka's transactions (KIP-98, KIP-447).
class transactional_sink {
public:
    virtual ~transactional_sink() = default;

    /// One transaction: readers of what is committed see all of `what`, and the group its positions, or nothing of
    /// either. Waits until that is decided, or its time limit says that it cannot be known. One after the other, in
    /// the order of the calls. Cancellation ends the wait, not the transaction.
    ///
    /// `errc::not_sent`: aborted, try again; `errc::rebalancing`: aborted, try again with a membership of then;
    /// `errc::assignment_lost`: aborted, the positions are another's; `errc::invalid`: aborted, and `never` tells whose
    /// fault it was; `errc::outcome_unknown`: `source::committed` tells whether it happened, once it answers;
    /// `errc::closed`, `errc::fatal`: aborted, and so will be all that follow.
    virtual awaitable<boost::system::result<void, transaction_error>> transact(outgoing_batch what, positions finished,
                                                                               membership of) = 0;

    /// As `sink::partitions_of`.
    [[nodiscard]] virtual std::optional<std::int32_t> partitions_of(std::string_view topic) const = 0;
};

}  // namespace sluice
