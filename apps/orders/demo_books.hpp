#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/clock.hpp"
#include "sluice/http/client.hpp"
#include "sluice/record/money.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace orders {

/// What the services say over HTTP of the money and the goods.
struct demo_sums {
    sluice::money charged;      ///< captured at the payment provider
    sluice::money revenue;      ///< of order-analytics
    std::int64_t units = 0;     ///< of order-analytics
    std::int64_t reserved = 0;  ///< units of inventory
    friend bool operator==(const demo_sums&, const demo_sums&) = default;
};

/// For a service at this URL.
sluice::http::client_settings client_of(const std::string& url);

/// Asks the services for their sums. What was there before the demo does not count.
class demo_books {
public:
    demo_books(const sluice::asio::any_io_executor& loop, const std::map<std::string, std::string>& urls,
               std::vector<std::string> skus);

    /// Takes what is there now as the beginning.
    sluice::awaitable<> begin();
    /// Since `begin`; nullopt when a service does not answer.
    sluice::awaitable<std::optional<demo_sums>> sums();
    /// Since `begin`, of order-analytics.
    sluice::awaitable<std::optional<sluice::money>> revenue();
    /// Where order-status says that an order stands; empty when it does not say.
    sluice::awaitable<std::string> state_of(std::string order_id);

private:
    sluice::awaitable<std::optional<demo_sums>> ask();
    sluice::awaitable<bool> ask_analytics(sluice::timestamp to, demo_sums& into);

    sluice::http::client checkout_, inventory_, provider_, analytics_;
    std::vector<std::string> skus_;
    sluice::timestamp from_{};
    demo_sums before_{};
};

}  // namespace orders
