#pragma once

#include "orders/demo_tally.hpp"
#include "orders/stock_store.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/http/client.hpp"
#include "sluice/record/broker.hpp"

#include <random>
#include <string>
#include <vector>

namespace orders {

/// Customers who place orders, whether or not those before have been answered.
class demo_load {
public:
    /// `log`: where records go that no checkout would accept.
    demo_load(sluice::http::client& checkout, sluice::sink& log, const quantities& stock, demo_tally& tally);

    /// Places `rate` orders a second for `length`, or until cancelled, and waits for the answers.
    sluice::awaitable<> run(std::int64_t rate, sluice::duration length, sluice::cancellation_token stop);

private:
    sluice::awaitable<> keep_placing(sluice::scope& customers, std::int64_t rate, sluice::time_point end);
    sluice::awaitable<> place(std::string customer, std::string body);
    sluice::awaitable<> send_garbage(std::string customer);
    [[nodiscard]] std::string fine_order();
    [[nodiscard]] std::string too_large_order();
    [[nodiscard]] std::int64_t between(std::int64_t least, std::int64_t most);

    sluice::http::client& checkout_;
    sluice::sink& log_;
    std::vector<std::string> skus_;
    demo_tally& tally_;
    std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace orders
