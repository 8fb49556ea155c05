#pragma once

#include "sluice/record/record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// Who writes dead letters, by the headers that it leaves.
enum class letter_maker { unknown, sluice, spring, connect, streams, smallrye };

/// What a dead letter says of where it came from and why. What is missing, malformed or impossible is unknown: empty,
/// or without a value. Texts may hold any bytes, and are cut to what a person reads.
struct provenance {
    letter_maker maker = letter_maker::unknown;
    std::string topic;  ///< a name that Kafka allows, or empty
    std::optional<std::int32_t> partition;
    std::optional<std::int64_t> offset;
    std::optional<timestamp> time;  ///< of the record that failed
    std::string group;
    std::string handler;     ///< Kafka Connect: the connector
    std::string reason;      ///< `decode`, `permanent`, `exhausted`, `expired`; Kafka Connect: the stage
    std::string error_type;  ///< the class of the exception
    std::string error;       ///< its words
    std::optional<std::int32_t> attempts;
    std::optional<timestamp> first_failure;
    std::int32_t redrives = 0;  ///< how often `dlq redrive` has sent it; 0 where that cannot be read

    friend bool operator==(const provenance&, const provenance&) = default;
};

/// Reads the headers of Sluice, Spring Kafka (`DeadLetterPublishingRecoverer`, and its retry topics'), Kafka Connect
/// (KIP-298), Kafka Streams (KIP-1034) and SmallRye. A letter that has passed several is told as the first of these
/// says. Never fails, whatever the headers hold.
provenance provenance_of(const record& letter);

/// Whether a header is of the letter, rather than of the record that failed: what its maker put there, and all of
/// ours that are about a failure. `error` and `original-topic` are not among them: they may be the record's own.
bool is_letter_header(std::string_view name, letter_maker maker);

std::string_view to_string(letter_maker maker) noexcept;

}  // namespace sluice
