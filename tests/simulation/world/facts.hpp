#pragma once

#include "simulation/world/charges.hpp"
#include "simulation/world/place.hpp"
#include "sluice/flow/progress.hpp"
#include "sluice/flow/settings.hpp"
#include "sluice/testing/simulated_broker.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace sluice::testing {

/// What must come of a run, for whoever checks its history.
struct run_rules {
    enum class order { none, key, partition };

    std::string input, output, dead_letters;
    std::vector<std::string> retries = {};               ///< the topics of detours, in their order
    std::vector<std::chrono::milliseconds> delays = {};  ///< theirs
    order effects = order::none;
    delivery mode = delivery::at_least_once;
    /// How many attempts a record has.
    int attempts = 1;
    /// Of the breaker; there are outages only with one.
    std::size_t window = 1;
    bool deadlines = false;  ///< some records have one
    /// The class of the dead letter that this record is to become, if it is; and how many records its handler emits.
    std::function<std::optional<std::string>(const logged&)> buried;
    std::function<int(const logged&)> emits;
    /// Detours are in time from then on, where no more records than these run at once, or are in one partition.
    std::optional<time_point> punctual_from = {};
    std::size_t running = 0, ahead = 0;
    /// What the clock on the wall showed.
    std::function<timestamp(time_point)> wall;
};

/// The note of a handler's failure for which the record cannot help.
inline constexpr std::string_view outage = "outage";

/// A partition as one member sees it.
struct member_view {
    enum class state { none, ours, leaving, lost } where = state::none;
    time_point told{};
    std::optional<std::int64_t> next{};             ///< the least offset that may be delivered
    std::optional<std::int64_t> asked{};            ///< the commit asked for last
    std::map<std::int64_t, std::string> running{};  ///< offsets of handlers that run, with their keys
    std::map<std::int64_t, int> attempts{};         ///< begun in this assignment
    std::map<std::int64_t, int> excused{};          ///< of these, those that an outage ended
    std::vector<progress_run> recalled{};           ///< what the commit that it goes on from says beyond its offset
};

/// What a history says up to some step. It learns step by step.
class facts {
public:
    facts(const simulated_log& log, const simulated_group& group, const run_rules& rules)
        : log{log},
          group{group},
          rules{rules},
          charged_{rules.window}
    {
    }

    void learn(const step& one);

    /// What a killed process still seems to do never happened.
    [[nodiscard]] bool is_dead(int who) const { return dead_.contains(who); }
    [[nodiscard]] const member_view& view(const step& one) const;
    [[nodiscard]] const std::map<std::pair<int, topic_partition>, member_view>& views() const { return views_; }
    [[nodiscard]] bool started(const place& what) const { return started_.contains(what); }
    [[nodiscard]] bool handled(const place& what) const { return handled_.contains(what); }
    /// Where it was before its detours.
    [[nodiscard]] place origin(const place& what) const;
    /// Attempts before it came there.
    [[nodiscard]] int level(const place& what) const;
    /// Whether one of its copies was handled: more than one come of a crash between a detour and its commit.
    [[nodiscard]] bool handled_anywhere(const place& origin) const { return handled_at_.contains(origin); }
    /// Whether, and when, copies of so many attempts before have failed.
    [[nodiscard]] bool failed_at(const place& origin, int level, timestamp when) const;
    /// Whether all that its handler emits is in the log.
    [[nodiscard]] bool emitted(const place& origin) const;
    [[nodiscard]] bool emitted(const place& origin, const std::string& value) const;
    [[nodiscard]] bool buried(const place& origin) const { return buried_.contains(origin); }
    /// Whether outages may have cost it the attempts that it lacked.
    [[nodiscard]] bool may_be_exhausted(const place& origin) const { return charged_.may_have(origin); }
    /// Handled, with its output in the log, or dead-lettered.
    [[nodiscard]] bool finished(const place& what) const;
    /// How many of its attempts failed, whoever made them.
    [[nodiscard]] int failures(const place& what) const;
    /// The first record of a partition that is neither handled, with its output in the log, nor dead-lettered, nor on
    /// its next detour.
    [[nodiscard]] std::optional<std::int64_t> first_unfinished(const topic_partition& where) const;
    /// How late a record on a detour starts; none: there is a good reason to.
    [[nodiscard]] std::optional<duration> late(const step& started) const;
    /// What the group has committed, 0 for nothing.
    [[nodiscard]] std::int64_t committed(const topic_partition& where) const;
    /// What no commit may be below: the highest, or what was sought since.
    [[nodiscard]] std::int64_t least_commit(const topic_partition& where) const;
    /// What must run one after the other has the same; empty: nothing must.
    [[nodiscard]] std::string lane_of(const place& what) const;
    /// The last record of this lane that had an effect, and that was emitted for, -1 for none.
    [[nodiscard]] std::int64_t last_effect(const place& what) const { return last(effects_, what); }
    [[nodiscard]] std::int64_t last_output(const place& what) const { return last(outputs_, what); }
    /// How often more this may be sent: it was replied, or is to be buried, and no send of it was acknowledged.
    [[nodiscard]] int owed(const step& send) const;
    /// Whether a send like this, of its producer, was asked for, and neither came nor was surely refused.
    [[nodiscard]] bool may_be_there(const step& one) const;
    /// How many records of its producer's transaction are there.
    [[nodiscard]] int in_transaction(int who) const
    {
        const auto known = in_transaction_.find(who);
        return known == in_transaction_.end() ? 0 : known->second;
    }
    [[nodiscard]] const logged& record_at(const topic_partition& where, std::int64_t offset) const;

    const simulated_log& log;
    const simulated_group& group;
    const run_rules& rules;

private:
    using lanes = std::map<std::pair<topic_partition, std::string>, std::int64_t>;
    using send_name = std::tuple<int, std::string, std::string>;  // producer, topic, key and value

    [[nodiscard]] send_name send_of(const step& one) const;
    [[nodiscard]] std::int64_t last(const lanes& of, const place& what) const;
    void raise(lanes& of, const place& what) const;
    void appended(const step& one);
    void note_load(const step& one);
    void ended(const step& one);
    void finish(const place& what);
    /// Copies that made so many attempts, which ended so.
    void finish_copies(const place& origin, int level, bool failed_only);

    std::map<std::pair<int, topic_partition>, member_view> views_;
    std::set<int> dead_;
    std::set<place> started_, handled_, buried_;
    std::map<place, std::set<std::string>> emitted_;
    std::map<topic_partition, std::set<std::int64_t>> finished_;
    mutable std::map<topic_partition, std::size_t> prefix_;  // records known to be finished
    std::map<topic_partition, std::int64_t> committed_, least_commit_;
    std::map<topic_partition, std::string> noted_;  // the metadata of that commit
    std::map<place, int> failures_;
    std::map<place, std::set<place>> copies_, handled_at_;  // of an input record, itself among them
    std::map<std::pair<place, int>, std::set<timestamp>> failed_at_;
    charges charged_;
    std::map<send_name, int> outstanding_;
    std::map<int, int> in_transaction_;
    std::map<topic_partition, std::map<std::int64_t, timestamp>> due_;  // when it, and all before it, may start
    std::map<topic_partition, time_point> moved_;                       // to another member, or was about to
    std::map<int, std::size_t> running_;
    std::map<int, time_point> busy_;  // when as many ran as may
    lanes effects_, outputs_;
    std::map<std::pair<std::string, std::string>, int> owed_;  // by topic, and key and value
};

}  // namespace sluice::testing
