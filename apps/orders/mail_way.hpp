#pragma once

#include "orders/mail_message.hpp"
#include "sluice/base/async.hpp"
#include "sluice/base/clock.hpp"

namespace orders {

/// A way that mail goes: to a server, or into a folder. Used from its loop's thread.
class mail_way {
public:
    mail_way() = default;
    mail_way(const mail_way&) = delete;
    mail_way& operator=(const mail_way&) = delete;
    virtual ~mail_way() = default;

    /// Waits until somebody else answers for the mail. It throws `permanent_failure` for a mail that is refused for
    /// good; `failure` with `errc::unavailable` or `timed_out` where there is nobody to take any mail now (it has
    /// surely not been sent), with `errc::outcome_unknown` where it may or may not have been; anything else concerns
    /// this mail, now. Cancellation ends the wait at once, with operation_aborted.
    virtual sluice::awaitable<> send(const mail_message& what) = 0;

    /// A `send` takes no longer.
    [[nodiscard]] virtual sluice::duration time_limit() const = 0;
};

}  // namespace orders
