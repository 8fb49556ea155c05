#pragma once

#include "sluice/record/record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// Where a record was before it went through topics of its group (retry topics, a redrive).
struct origin {
    std::string topic;
    std::int32_t partition = -1;  ///< -1: unknown
    std::int64_t offset = -1;     ///< -1: unknown
    std::optional<timestamp> time = {};
    bool time_is_append = false;

    friend bool operator==(const origin&, const origin&) = default;
};

/// Of a record that `group` has read. Only in a retry topic of the group do headers say it, and only those that fit
/// the topic's name: anybody can write a header. What is malformed there is unknown; the topic never is.
origin origin_of(const record& what, std::string_view group);

/// Writes it as Spring Kafka's retry topics do (`kafka_original-topic` …), in place of what is there, so that
/// `origin_of` finds it again.
void set_origin(headers& of, const origin& from);

/// Whether `set_origin` writes headers of this name.
bool is_origin_header(std::string_view name);

}  // namespace sluice
