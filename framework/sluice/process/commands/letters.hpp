#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/cancellation.hpp"
#include "sluice/flow/provenance.hpp"
#include "sluice/kafka/admin.hpp"
#include "sluice/process/commands/command.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

/// What the commands `dlq …` share: which topics they read, and reading them once, to their end.
namespace sluice {

/// The dead-letter topics that the operands mean, each with its partitions: a role, or a topic that roles read, stands
/// for the dead letters of its groups; any other topic for itself; no operand for all that the roles have. Throws
/// `usage_error` for what is neither. Those of roles that do not exist on the cluster have no letters.
awaitable<std::vector<kafka::partition_range>> letter_topics(const invocation& call, kafka::admin& cluster);

/// Where partitions end: the offset of the next record, when it was asked.
using log_ends = std::map<topic_partition, std::int64_t>;

log_ends ends_of(const std::vector<kafka::partition_range>& logs);

/// Reads what there was in some logs when their ends were asked, and nothing later.
class letter_reader {
public:
    struct callbacks {
        /// Where to start in partitions that are ours now.
        std::function<awaitable<positions>(partitions)> start;
        /// Letters, in the order of their partitions. False: enough.
        std::function<awaitable<bool>(std::vector<record>)> read;
    };

    letter_reader(source& from, log_ends ends, callbacks tell, cancellation_token stop = {})
        : from_{from},
          ends_{std::move(ends)},
          tell_{std::move(tell)},
          stop_{std::move(stop)}
    {
    }

    /// Waits until every partition of ours is read, it is enough, or `stop`: never in the midst of a callback. Throws
    /// `failure` where the source ends, or where partitions are not assigned within a minute: another reader of the
    /// group may have them.
    awaitable<> run();

private:
    awaitable<bool> on(event what);
    awaitable<> begin(partitions which);
    void forget(const partitions& which);
    [[nodiscard]] bool read_whole() const;

    source& from_;
    log_ends ends_;
    callbacks tell_;
    cancellation_token stop_;
    std::map<topic_partition, std::int64_t> next_;  // of what is ours
    bool assigned_ = false;
};

/// Reads all letters of these logs that are there now, as no member of any group. `read`: see
/// `letter_reader`. `from`: where to start; what is not named there starts at its beginning.
awaitable<> read_letters(invocation& call, std::vector<kafka::partition_range> logs, positions from,
                         std::function<awaitable<bool>(std::vector<record>)> read);

}  // namespace sluice
