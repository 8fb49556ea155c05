#pragma once

#include "sluice/base/cancellation.hpp"
#include "sluice/base/clock.hpp"
#include "sluice/flow/staged.hpp"
#include "sluice/record/deadline.hpp"
#include "sluice/record/record.hpp"
#include "sluice/record/record_id.hpp"
#include "sluice/telemetry/log.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// What a handler knows of the record that it handles, besides its payload. It lives while the handler runs; used
/// from the loop's thread.
class context : public staged {
public:
    context(const record& what, std::int32_t attempt, cancellation_token token, const logger& log)
        : record_{what},
          attempt_{attempt},
          token_{std::move(token)},
          log_{log}
    {
    }
    context(const context&) = delete;
    context& operator=(const context&) = delete;

    /// The record as it came: key, headers, time, topic, partition, offset.
    [[nodiscard]] const sluice::record& record() const noexcept { return record_; }
    [[nodiscard]] sluice::record_id record_id() const { return sluice::record_id::of(record_); }
    /// 1 for the first.
    [[nodiscard]] std::int32_t attempt() const noexcept { return attempt_; }
    /// Until when its work is of use (header `sluice-deadline`). What is emitted has the same.
    [[nodiscard]] std::optional<timestamp> deadline() const { return deadline_of(record_); }
    /// Cancelled when the partition is revoked and the drain's time is over, when it is lost, on a hard stop, and when
    /// the record's deadline passes. It reaches what the handler awaits by itself; pass its `stop_token` to threads of
    /// your own.
    [[nodiscard]] const cancellation_token& token() const noexcept { return token_; }
    /// W3C `traceparent`, where the record carries one.
    [[nodiscard]] std::optional<std::string_view> trace() const { return record_.header("traceparent"); }
    /// With role, topic, partition, offset and trace in each line.
    [[nodiscard]] logger log() const;

private:
    const sluice::record& record_;
    std::int32_t attempt_;
    cancellation_token token_;
    const logger& log_;
};

}  // namespace sluice
