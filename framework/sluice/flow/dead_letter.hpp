#pragma once

#include "sluice/base/clock.hpp"
#include "sluice/record/record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// What a dead letter says of its record besides the record itself.
struct obituary {
    std::string_view group;
    std::string_view handler;
    std::string_view error_class;  ///< `decode`, `permanent`, `exhausted`, `expired`
    std::string_view error_type;   ///< the exception's class
    std::string_view error;        ///< its words
    std::int32_t attempts = 1;
    timestamp first_failure{};
};

/// `<topic>.<group>.dlt`: a topic has many groups, and one's failures are not another's.
std::string dead_letter_topic(std::string_view topic, std::string_view group);

/// `500ms`, `30s`, `5m`.
std::string delay_text(duration delay);

/// `<topic>.<group>.retry.<delay>`, the delay as `500ms`, `30s` or `5m`: where records wait for another try, and, with
/// no delay (`0s`), where a redrive puts dead letters for the group alone.
std::string retry_topic(std::string_view topic, std::string_view group, duration delay);

/// The dead letter of a record: its key, value and headers untouched, then our headers and Spring Kafka's, so that
/// existing tools read them. Headers of an earlier dead letter are replaced. What came through a retry topic of the
/// group is told as of its source (`origin_of`). It goes to the source's partition number if the dead-letter topic
/// has it.
outgoing make_dead_letter(const record& what, const obituary& why, std::optional<std::int32_t> partitions);

}  // namespace sluice
