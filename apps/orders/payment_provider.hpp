#pragma once

#include "orders/charge.hpp"
#include "sluice/base/async.hpp"
#include "sluice/base/clock.hpp"

#include <random>
#include <string_view>
#include <vector>

namespace sluice {
class role;
struct setting_declaration;
}  // namespace sluice

namespace orders {

class charge_store;

/// How a simulated provider behaves.
struct provider_manners {
    sluice::duration latency{};  ///< of an answer, on average: half to one and a half of it, evenly
    double failures = 0;         ///< the share of charges that fail, half of them 503, the others lost
    double declines = 0;         ///< the share of orders that are declined
};

/// What is done to a request: `busy` is answered 503 and charges nothing; `lost` is charged, and the connection closed
/// instead of an answer. `dice` is evenly spread over [0, 1).
enum class mishap { none, busy, lost };
mishap mishap_of(double failures, double dice);

/// Whether an order is declined: a share `declines` of all ids, the same ones each time.
bool is_declined(std::string_view order_id, double declines);

/// Answers `POST /charges`. The same `Idempotency-Key` gets the same answer and never a second charge, whatever
/// happened to the first; for another amount it is 422.
sluice::awaitable<sluice::http::response> post_charge(sluice::http::request asked, const provider_manners& manners,
                                                      charge_store& charges, std::mt19937_64& random);

/// What `payment-provider` can be told: `provider.latency`, `provider.failures` and `provider.declines`.
std::vector<sluice::setting_declaration> provider_settings();

/// The role: a payment provider for tests and demos. It forgets no charge when it is killed.
sluice::awaitable<> payment_provider(sluice::role& self);

}  // namespace orders
