#pragma once

#include "orders/demo_tally.hpp"
#include "sluice/base/cancellation.hpp"
#include "sluice/flow/flow.hpp"
#include "sluice/kafka/consumer.hpp"

namespace sluice {
struct demo;
}

namespace orders {

/// Reads all topics of the order system, as any other service could, and notes in the tally what becomes of orders.
class demo_watch {
public:
    /// `out`: a sink, which nothing is sent to. All that is given outlives it.
    demo_watch(sluice::demo& self, sluice::offload& blocking, sluice::sink& out, demo_tally& tally);

    /// Until `end`.
    sluice::awaitable<> run();
    void end() { ended_.cancel(sluice::cancel_reason::shutdown); }
    /// Waits until there is something to read from, which a group takes some seconds for; what ends before is seen
    /// late, not missed. Returns early on `stop`.
    sluice::awaitable<> ready(sluice::cancellation_token stop);

private:
    void note(const sluice::record& what);

    sluice::clock& time_;
    demo_tally& tally_;
    sluice::cancellation ended_;
    sluice::kafka::consumer source_;
    sluice::flow flow_;
};

}  // namespace orders
