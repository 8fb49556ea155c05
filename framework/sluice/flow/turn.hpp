#pragma once

#include "sluice/flow/gate.hpp"
#include "sluice/flow/handler.hpp"
#include "sluice/flow/lanes.hpp"
#include "sluice/flow/remedy.hpp"
#include "sluice/flow/retry.hpp"
#include "sluice/record/broker.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <span>

namespace sluice {

/// What is to become of a record after its turn.
struct verdict {
    enum class kind {
        finished,
        forgone,    ///< failed, and is not repeated
        again,      ///< after `delay`, because of `error`
        abandoned,  ///< its partition went away, or the drain's time was over
        stopped,    ///< `error` is not to be lived with: the flow fails
    };
    kind what = kind::finished;
    duration delay{};
    std::exception_ptr error{};
};

/// The turn of one record: calls its handler, then sends what the handler replied, or the dead letter of a record
/// that failed for good. A turn that is repeated goes on where the last one came to: what was handled is only sent.
class turns {
public:
    turns(sink& to, gate& entrance, const flow_settings& settings, const logger& log, clock& time, std::uint64_t seed);

    void use(record_handler handler) { handler_ = std::move(handler); }

    /// Waits for what the handler and the sink wait for. `interrupt` cancels the coroutine that awaits this: it is
    /// emitted when the record's partition is to be let go. Throws nothing that is a record's fault.
    awaitable<verdict> take(work& what, asio::cancellation_signal& interrupt);
    /// The second part of it, of what is handled.
    awaitable<verdict> send(work& what, asio::cancellation_signal& interrupt);

    /// What a handled record emitted can never be sent: its dead letter takes the place of that. False: there are no
    /// dead letters.
    bool refuse(work& what, const error& why);

    /// Its deadline has passed: it takes its turn without its handler.
    [[nodiscard]] bool expired(const work& what) const;
    /// It was handled with others: what it caused is to be sent.
    void answered(work& what, reply answer) const;
    /// It failed: what then; none: its dead letter is to be sent, in its next turn.
    std::optional<verdict> fail(work& what, const std::exception_ptr& error) { return failed(what, error, false); }
    // What is to be sent goes with the transaction that commits the record.
    [[nodiscard]] bool keeps() const;
    [[nodiscard]] std::string_view handler_name() const;

    /// Attempts after the first.
    [[nodiscard]] std::uint64_t retried() const noexcept { return retried_; }

private:
    friend class attempt;  // the first part

    std::optional<verdict> failed(work& what, const std::exception_ptr& error, bool too_late);
    verdict excused(work& what, const handler_failure& why, const std::exception_ptr& error);
    verdict refused(work& what, const sluice::error& why);
    void bury(work& what, const handler_failure& why);
    void take_detour(work& what, const handler_failure& why, duration delay);
    [[nodiscard]] std::optional<duration> time_left(const work& what) const;

    sink& to_;
    gate& gate_;
    const flow_settings& settings_;
    const logger& log_;
    clock& time_;
    remedies remedies_;
    retry_schedule sends_;
    retry_schedule waits_;  // of what an outage excuses
    record_handler handler_;
    std::uint64_t retried_ = 0;
};

}  // namespace sluice
