#pragma once

#include "sluice/base/result.hpp"
#include "sluice/record/broker.hpp"
#include "sluice/testing/simulated_history.hpp"

#include <functional>
#include <map>
#include <span>

namespace sluice::testing {

/// A record in a simulated log.
struct logged {
    std::int64_t offset = 0;
    timestamp time{};
    std::optional<std::string> key, value;
    sluice::headers headers;

    /// The value of its last header of this name.
    [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
};

/// Topics of partitions of records, in memory. Offsets have gaps where one is made.
class simulated_log {
public:
    simulated_log(const clock& time, simulated_history& history) : time_{time}, history_{history} {}

    void create(const std::string& topic, std::int32_t partitions);
    [[nodiscard]] std::optional<std::int32_t> partitions_of(std::string_view topic) const;
    [[nodiscard]] partitions all_of(const std::string& topic) const;

    /// Where it would go. `errc::invalid` when there is no such topic or partition. Without a partition the key
    /// decides; not as Kafka does, but the same key always the same.
    [[nodiscard]] result<topic_partition> place_of(const outgoing& what) const;
    /// `errc::invalid` as with `place_of`.
    result<position> append(const outgoing& what, int by = 0);
    /// Leaves a gap, as compaction and transaction markers do.
    void skip(const topic_partition& where, std::int64_t offsets);

    /// The records from an offset on. Valid until the next is appended.
    [[nodiscard]] std::span<const logged> read(const topic_partition& where, std::int64_t from = 0) const;
    /// One past the last offset, gaps included.
    [[nodiscard]] std::int64_t end(const topic_partition& where) const;

    /// Called when a log has grown.
    std::function<void()> grown = [] {};

private:
    struct partition_log {
        std::vector<logged> records;
        std::int64_t end = 0;
    };

    const clock& time_;
    simulated_history& history_;
    std::map<std::string, std::int32_t, std::less<>> topics_;
    std::map<topic_partition, partition_log> logs_;
};

}  // namespace sluice::testing
