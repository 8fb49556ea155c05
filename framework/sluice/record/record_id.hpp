#pragma once

#include "sluice/record/record.hpp"

#include <compare>
#include <string>
#include <string_view>

namespace sluice {

/// The name of a record, the same through retries, dead letters and redrives. Inboxes key on it.
class record_id {
public:
    static constexpr std::string_view header_name = "sluice-id";

    record_id() = default;
    explicit record_id(std::string text) : text_{std::move(text)} {}

    /// The record's `sluice-id`; for a foreign record its `topic/partition/offset`.
    static record_id of(const record& what);
    /// A new random id (UUIDv4), for a record that no other record caused.
    static record_id random();
    /// The id of the `ordinal`-th record that `handler` emits for `cause`: UUIDv5 (RFC 9562, 5.5), so that a
    /// repeat of the handler emits the same id.
    static record_id caused_by(const record_id& cause, std::string_view handler, std::size_t ordinal);

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    friend auto operator<=>(const record_id&, const record_id&) = default;

private:
    std::string text_;
};

}  // namespace sluice
