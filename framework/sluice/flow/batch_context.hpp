#pragma once

#include "sluice/base/cancellation.hpp"
#include "sluice/flow/staged.hpp"
#include "sluice/record/record.hpp"
#include "sluice/record/record_id.hpp"
#include "sluice/record/reply.hpp"
#include "sluice/telemetry/log.hpp"

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace sluice {

/// What a batch handler knows of its records besides their payloads. It lives while the handler runs; used from the
/// loop's thread.
class batch_context : public staged {
public:
    /// `records` is not empty.
    batch_context(std::span<const sluice::record> records, std::int32_t attempt, cancellation_token token,
                  const logger& log)
        : records_{records},
          attempt_{attempt},
          token_{std::move(token)},
          log_{log}
    {
    }
    batch_context(const batch_context&) = delete;
    batch_context& operator=(const batch_context&) = delete;

    /// As they came: of one partition, in the order of the log.
    [[nodiscard]] std::span<const sluice::record> records() const noexcept { return records_; }
    [[nodiscard]] const sluice::record& record(std::size_t index) const { return records_[index]; }
    [[nodiscard]] sluice::record_id record_id(std::size_t index) const { return sluice::record_id::of(record(index)); }
    /// 1, but for a record that failed before and is alone for that.
    [[nodiscard]] std::int32_t attempt() const noexcept { return attempt_; }
    /// As `context::token`.
    [[nodiscard]] const cancellation_token& token() const noexcept { return token_; }
    /// With role, topic, partition and the first offset in each line.
    [[nodiscard]] logger log() const;

    /// What the record at `index` causes: emitted with ids that a repeat of the record gives it again, whatever batch
    /// it is in then.
    void emit(std::size_t index, reply what) { emitted_.emplace_back(index, std::move(what)); }
    template <class T>
    void emit(std::size_t index, const topic<T>& to, const std::type_identity_t<T>& what)
    {
        emit(index, sluice::emit(to, what));
    }

    [[nodiscard]] bool emits() const noexcept { return !emitted_.empty(); }
    /// By index, in the order of `emit`.
    [[nodiscard]] std::vector<std::pair<std::size_t, reply>> take_emitted() { return std::exchange(emitted_, {}); }

private:
    std::span<const sluice::record> records_;
    std::int32_t attempt_;
    cancellation_token token_;
    const logger& log_;
    std::vector<std::pair<std::size_t, reply>> emitted_;
};

}  // namespace sluice
