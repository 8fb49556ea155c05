#pragma once

#include "sluice/base/cancellation.hpp"
#include "sluice/flow/breaker.hpp"
#include "sluice/flow/ledger.hpp"
#include "sluice/flow/outbox.hpp"
#include "sluice/flow/settings.hpp"
#include "sluice/flow/stillness.hpp"
#include "sluice/record/record.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <limits>
#include <list>
#include <memory>
#include <optional>
#include <vector>

namespace sluice {

struct assignment;
class staged;

/// A record on its way through a flow.
struct work {
    std::optional<record> what;
    assignment* of = nullptr;
    ledger::ticket ticket = 0;
    std::int32_t attempt = 1;
    std::int32_t tries = 0;  // of sending
    std::optional<timestamp> first_failure;
    std::vector<outgoing> sending;           // not yet acknowledged: the reply, or the dead letter
    bool detached = false;                   // has its own copy of the bytes
    bool handled = false;                    // the handler's part is over: what is left is to send
    bool buried = false;                     // what is sent is the dead letter
    bool detoured = false;                   // what is sent is itself, to a retry topic
    bool refused = false;                    // neither of these can be sent, as things are
    std::int32_t before = 0;                 // attempts, before it took a detour
    breaker::pass pass = 0;                  // with which its handler was started
    std::optional<breaker::doubt> doubtful;  // a failure that may be no fault of its own
    std::int32_t excused = 0;                // failures that cost no attempt
    time_point since{};                      // it came; or its batch did
    const staged* about = nullptr;           // while its handler runs
    bool alone = false;                      // in no batch: it has failed
};

/// The queue of what must run one after the other: a key's records, a partition's, or a single record.
struct lane {
    static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max() / 2;

    std::list<work> queue;
    assignment* of = nullptr;
    std::optional<std::size_t> key;
    clock::alarm due;               // while parked
    time_point until{};             // when that is
    std::string trouble;            // why the first record's last attempt failed
    std::size_t taken = 1;          // while running: how many, the first ones
    std::size_t limit = unlimited;  // of those that run as one; less after they failed as one
    enum class state { spare, ready, running, parked } where = state::spare;
};
using lane_ref = std::list<lane>::iterator;

/// While a handler runs, whoever asks what it does sees its context.
class visible {
public:
    visible(work& what, const staged& about) : what_{what} { what_.about = &about; }
    visible(const visible&) = delete;
    visible& operator=(const visible&) = delete;
    ~visible() { what_.about = nullptr; }

private:
    work& what_;
};

/// A partition while it is ours: from `assigned` to `give_up`.
struct assignment {
    assignment(topic_partition where, const cancellation_token& parent) : where{std::move(where)}, stop{parent} {}

    topic_partition where;
    ledger finished;
    cancellation stop;
    outbox kept;              // what its finished records left to be sent with the next commit
    bool given_up = false;    // nothing of it may be committed any more
    bool open = true;         // takes part: records are admitted, lanes are run
    std::uint8_t held = 0;    // at the source, for these reasons (`holding`)
    bool retries = false;     // it is of a retry topic
    std::size_t refused = 0;  // records whose dead letter is refused
    clock::alarm due;         // of the record of a retry topic that comes next
    std::size_t running = 0;
    std::size_t records = 0;  // admitted, and neither finished nor forgotten
    std::size_t parked = 0;   // of these, in parked lanes
    std::size_t aside = 0;    // of these, queued behind what does not end: they do not count for the flow's bound
    bool moved = false;       // a record was finished or parked since somebody looked
    sluice::progress::reader recalled;  // what the last commit of an earlier owner says of the records to come
    std::optional<std::int64_t> committed;
    std::string noted;   // the metadata of that commit
    stillness progress;  // of the ledger's prefix
    stillness saving;    // of what is committed
    boost::unordered_flat_map<std::size_t, lane_ref> lanes;

    /// Records that wait for a worker or behind a running one.
    [[nodiscard]] std::size_t queued() const noexcept { return records - running - parked; }
};

using assignments = std::vector<std::shared_ptr<assignment>>;

/// Which record may run next: a pure state machine. A lane is ready, running, parked (it waits for a retry) or
/// spare; its first record runs alone. Nodes are reused, so a steady flow allocates nothing here.
class lanes {
public:
    explicit lanes(const ordering& order) : order_{order} {}

    /// Queues a record in its lane. `before`: what is known of attempts before it came.
    work& admit(assignment& of, record what, time_point now = {}, progress::reader::known before = {});
    /// The record of the lane that runs next. There is one.
    [[nodiscard]] const work& next() const { return ready_.front().queue.front(); }

    /// The next lane to run, longest ready first; its first record is the one. None: nothing is ready.
    std::optional<lane_ref> take();
    /// The running lane's first record is finished.
    void pop(lane_ref which);
    /// The same, but its node is handed out, to be given back with `recycle`.
    std::list<work> keep(lane_ref which);
    void recycle(std::list<work> nodes);
    /// Takes this ready lane: what ran with its last record goes on.
    void retake(lane_ref which);
    /// The running lane's first record waits; the lane comes back with `unpark`.
    void park(lane_ref which);
    /// What is only left to be sent goes first.
    void unpark(lane_ref which);
    /// Forgets what the partition has queued and parked, and closes it. What runs is left to `abandon`.
    void drop(assignment& of);
    /// The running lane's record was cut short: forgets the lane.
    void abandon(lane_ref which);

    [[nodiscard]] std::size_t running() const noexcept { return running_.size(); }
    [[nodiscard]] std::size_t ready_lanes() const noexcept { return ready_.size(); }
    /// Records that wait for a worker or behind a running one.
    [[nodiscard]] std::size_t queued() const noexcept { return queued_; }
    /// Records in parked lanes.
    [[nodiscard]] std::size_t parked() const noexcept { return parked_records_; }

    /// Every lane with something in it; its `queue` is not empty.
    template <class Look>
    void each(Look look) const
    {
        for (const auto* some : {&ready_, &running_, &parked_})
            for (const auto& one : *some) look(one);
    }

private:
    std::optional<std::size_t> key_of(const record& what) const;
    lane_ref lane_for(assignment& of, std::optional<std::size_t> key);
    void move(lane_ref which, lane::state to);
    void retire(lane_ref which);
    std::list<lane>& list_of(lane::state which);

    ordering order_;
    std::list<lane> spare_, ready_, running_, parked_;
    std::list<work> spare_work_;
    std::size_t queued_ = 0;
    std::size_t parked_records_ = 0;
};

}  // namespace sluice
