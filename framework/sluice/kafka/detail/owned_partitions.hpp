#pragma once

#include "sluice/kafka/detail/handles.hpp"
#include "sluice/record/broker.hpp"

#include <map>

namespace sluice::kafka::detail {

/// How far each partition of this member has been read in its present assignment. It decides whether a record may
/// come out: librdkafka drops what it fetched before a partition was given up, paused or sought, but a record that
/// is read while one of these begins comes a second time, because librdkafka goes back to where it thought the
/// reader was.
class owned_partitions {
public:
    struct partition {
        std::int64_t next = position::stored;  ///< no record below this comes out; `stored`: not known yet
        bool held = false;                     ///< no record at all comes out
    };

    void add(const positions& from);
    void remove(const partitions& which);

    [[nodiscard]] partition* find(const topic_partition& where);
    [[nodiscard]] const partition* find(const topic_partition& where) const;

    /// Whether this message may come out; then it never may again. `topic` is set to its topic's name.
    bool admit(const rd_kafka_message_t& message, std::string_view& topic);

private:
    std::map<topic_partition, partition> all_;

    // The partition of the last message: the next is mostly of the same.
    const rd_kafka_topic_t* last_topic_ = nullptr;
    std::int32_t last_partition_ = 0;
    std::string_view last_name_;
    partition* last_ = nullptr;
};

}  // namespace sluice::kafka::detail
