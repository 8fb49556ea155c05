#pragma once

#include "sluice/base/wait_queue.hpp"
#include "sluice/flow/committing.hpp"
#include "sluice/flow/execution.hpp"
#include "sluice/flow/parcel.hpp"
#include "sluice/flow/retry.hpp"
#include "sluice/telemetry/log.hpp"

#include <optional>

namespace sluice {

/// What turns are given for a sink where nothing is sent but in transactions.
class kept_sink final : public sink {
public:
    explicit kept_sink(const transactional_sink& to) : to_{to} {}

    awaitable<result<position>> send(outgoing) override;
    awaitable<std::vector<result<position>>> send_all(std::vector<outgoing> what) override;
    [[nodiscard]] std::optional<std::int32_t> partitions_of(std::string_view topic) const override
    {
        return to_.partitions_of(topic);
    }

private:
    const transactional_sink& to_;
};

/// Exactly once: commits what finished records emitted, and their dead letters, together with their offsets, one
/// transaction at a time, while handlers go on for the next. A transaction that failed is sent again as it was, but for
/// what was lost meanwhile; of one whose outcome is not known the committed offsets tell. Attempts that failed travel
/// with the offsets; what is finished beyond them does not, because its outputs are not there yet.
class transactor final : public committing {
public:
    /// `handlers` keep what is finished for it from now on.
    transactor(source& from, transactional_sink& to, execution& handlers, const flow_settings& settings,
               const logger& log, clock& time);

    /// When enough is finished, or the last transaction is long enough ago; after a failure, when the back-off says.
    awaitable<> due() override;
    /// Its wait may be cancelled; then it commits nothing any more, because nobody knows what became of that.
    awaitable<result<>> commit(assignments of) override;
    awaitable<result<>> commit_until(assignments of, time_point deadline) override;
    void forget(const assignments& which) override;
    [[nodiscard]] bool full() const noexcept override;

private:
    void keep(assignment& of, std::list<work> finished);
    void gather(const assignments& of);
    [[nodiscard]] std::optional<std::int64_t> end_of(const assignment& one) const;
    [[nodiscard]] std::string tried(const assignment& one, std::int64_t end) const;
    [[nodiscard]] bool anything_left(const assignments& of) const;
    awaitable<result<>> send();
    enum class fate { happened, nothing, unknown };
    awaitable<fate> find_out();
    result<> failed(const transaction_error& why);
    bool hush(const transaction_error& why);
    void replace(const transaction_error& why);
    void committed();
    void look_at_room();
    void give_back(std::list<work> nodes, bool committed);

    source& from_;
    transactional_sink& to_;
    execution& handlers_;
    const flow_settings& settings_;
    const logger& log_;
    clock& time_;
    retry_schedule backoff_;

    parcel pending_;         // on its way, or to be sent again
    bool in_doubt_ = false;  // whether it was committed
    bool torn_ = false;      // it may be on its way without anybody waiting
    bool stale_ = false;     // something of it is not to be sent again as it was
    bool in_vain_ = false;   // there was nothing to send
    bool wordless_ = false;  // the broker takes no metadata of this length
    std::int32_t tries_ = 0;
    std::size_t turn_ = 0;
    std::size_t ready_ = 0;  // records that could be committed now, without those on their way
    std::size_t kept_ = 0;   // records that are finished and not committed
    std::size_t bytes_ = 0;  // of what they emitted, without what is on its way
    std::size_t sent_bytes_ = 0;
    bool was_full_ = false;
    bool busy_ = false;
    wait_queue free_;
    wait_queue filled_;
};

}  // namespace sluice
