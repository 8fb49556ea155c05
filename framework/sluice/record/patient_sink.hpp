#pragma once

#include "sluice/record/broker.hpp"

namespace sluice {

/// A sink that can itself bound the wait for a send, which costs less than a coroutine that may be cancelled.
class patient_sink : public sink {
public:
    /// `send` for who waits at most until the clock reads `when`: then it is `errc::outcome_unknown`.
    virtual awaitable<result<position>> send_until(outgoing what, time_point when) = 0;
};

/// The same for any sink.
awaitable<result<position>> send_until(sink& to, outgoing what, time_point when);

}  // namespace sluice
