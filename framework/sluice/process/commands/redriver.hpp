#pragma once

#include "sluice/flow/redrive.hpp"
#include "sluice/kafka/admin.hpp"
#include "sluice/kafka/producer.hpp"
#include "sluice/process/commands/command.hpp"
#include "sluice/process/commands/letter_filter.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace sluice {

/// What happened to one letter, for whoever has to answer for it.
struct redrive_audit {
    std::string outcome;  ///< `redriven`, `refused`, `failed`, `dry-run`
    std::string to;       ///< topic/partition/offset where it is now; in a dry run the topic
    std::string why;      ///< where it was not redriven
};

/// A line of JSON.
std::string audit_line(const record& letter, const provenance& from, const redrive_audit& what, timestamp now);

struct redrive_plan {
    bool to_source = false, dry_run = false;
    std::vector<std::string> sources;  ///< source topics that somebody named
    std::int32_t max_redrives = 3;
    std::int64_t limit = 0;  ///< 0: none
    std::int64_t rate = 0;   ///< letters a second; 0: as fast as the cluster takes them
};

/// Sends letters again, a handful at a time: decides for each, waits until they are in the log, has an audit line
/// written, and then has noted where it stands. Used from one loop's thread; what it refers to outlives it.
class redriver {
public:
    struct surroundings {
        const invocation& call;
        kafka::admin& cluster;
        sink& out;
        const letter_filter& filter;
        std::function<void(const std::string& line)> audit;
        /// Commits; throws what cannot be repeated.
        std::function<awaitable<>(positions)> note;
    };
    struct numbers {
        std::int64_t redriven = 0, refused = 0, failed = 0, before = 0;
    };

    redriver(surroundings with, redrive_plan how) : with_{std::move(with)}, how_{std::move(how)} {}

    /// A partition that is ours: returns where to read it from.
    positions start(const std::vector<kafka::partition_range>& logs, const positions& committed);

    /// Letters in the order of their partitions. Returns false once it is enough, or one could not be sent. Throws
    /// `failure` where a topic is missing and cannot be created.
    awaitable<bool> redrive(std::vector<record> letters, cancellation_token stop);

    [[nodiscard]] const numbers& totals() const noexcept { return totals_; }

private:
    struct decided {
        const record* letter;
        provenance from;
        outgoing again;
    };
    awaitable<std::optional<redrive_target>> target(const record& letter, const provenance& from, std::string& why);
    awaitable<std::int32_t> partitions_of(std::string topic, const provenance& from, std::string_view letters);
    awaitable<std::int32_t> count_partitions(std::string topic);
    awaitable<> create(std::string topic, std::int32_t partitions);
    awaitable<bool> send(std::vector<decided> handful);
    awaitable<> pause(cancellation_token stop);
    void tell(const record& letter, const provenance& from, const redrive_audit& what) const;
    [[nodiscard]] std::string refusal(const record& letter, const provenance& from) const;
    redrive_ledger& ledger_of(const record& letter);

    surroundings with_;
    redrive_plan how_;
    numbers totals_;
    std::map<topic_partition, redrive_ledger> ledgers_;
    std::map<std::string, std::int32_t> topics_;  // their partitions, once they are known to exist
    std::optional<time_point> began_;
};

}  // namespace sluice
