#pragma once

#include "sluice/base/clock.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// A header of a record that is being read. A value may be null, and may hold any bytes.
struct header_view {
    std::string_view name;
    std::optional<std::string_view> value;
};

/// A header of a record that is being written.
struct header {
    std::string name;
    std::optional<std::string> value;

    friend bool operator==(const header&, const header&) = default;
};
using headers = std::vector<header>;

/// Where a partition is.
struct topic_partition {
    std::string topic;
    std::int32_t partition = 0;

    friend auto operator<=>(const topic_partition&, const topic_partition&) = default;
};

/// What a record was read from; it owns the bytes. Sources derive from it.
class record_bytes {
public:
    record_bytes() = default;
    record_bytes(const record_bytes&) = delete;
    record_bytes& operator=(const record_bytes&) = delete;
    virtual ~record_bytes() = default;
    /// In the order of the wire; the views live as long as this.
    virtual std::vector<header_view> headers() const = 0;
    /// The last of this name, without making the list.
    virtual std::optional<header_view> find_last(std::string_view name) const = 0;
};

/// What travels: key, value, headers, time, and where it stands. Moving it is cheap and moves the ownership of its
/// bytes; every view that it gives lives as long as they do.
class record {
public:
    /// The views point into `bytes`, or into what outlives it.
    struct fields {
        std::string_view topic;
        std::int32_t partition = 0;
        std::int64_t offset = 0;
        timestamp time{};
        std::optional<std::string_view> key;
        std::optional<std::string_view> value;
        bool time_is_append = false;
    };

    record(const fields& where, std::unique_ptr<record_bytes> bytes) : fields_{where}, bytes_{std::move(bytes)} {}

    [[nodiscard]] std::string_view topic() const noexcept { return fields_.topic; }
    [[nodiscard]] std::int32_t partition() const noexcept { return fields_.partition; }
    [[nodiscard]] std::int64_t offset() const noexcept { return fields_.offset; }
    [[nodiscard]] timestamp time() const noexcept { return fields_.time; }
    /// Whether `time` is the broker's (LogAppendTime), not the producer's (CreateTime).
    [[nodiscard]] bool time_is_append() const noexcept { return fields_.time_is_append; }
    /// Null is not empty: a null key chooses no partition, a null value is a tombstone.
    [[nodiscard]] std::optional<std::string_view> key() const noexcept { return fields_.key; }
    [[nodiscard]] std::optional<std::string_view> value() const noexcept { return fields_.value; }
    [[nodiscard]] std::vector<header_view> headers() const { return bytes_->headers(); }

    /// The value of the last header of this name, as Kafka's own clients choose. Allocates nothing.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const
    {
        const auto last = bytes_->find_last(name);
        return last ? last->value : std::nullopt;
    }

    /// A copy that owns bytes of its own, so that a record kept for long does not pin the buffer it came in.
    [[nodiscard]] record detach() const;

    /// A record from owned parts: for tests, and for sources that have no buffers.
    static record make(topic_partition where, std::int64_t offset, std::optional<std::string> key,
                       std::optional<std::string> value, sluice::headers headers = {}, timestamp time = {});

private:
    fields fields_;
    std::unique_ptr<record_bytes> bytes_;
};

/// A record on its way to a topic.
struct outgoing {
    std::string topic;
    std::optional<std::string> key = {};
    std::optional<std::string> value = {};
    sluice::headers headers = {};
    std::optional<std::int32_t> partition = {};  ///< unset: the key decides, as in the Java client (murmur2)
    std::optional<timestamp> time = {};          ///< unset: when it is sent

    friend bool operator==(const outgoing&, const outgoing&) = default;
};

}  // namespace sluice
