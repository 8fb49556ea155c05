#pragma once

#include "sluice/base/scope.hpp"
#include "sluice/base/wait_queue.hpp"
#include "sluice/http/client.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

/// How a POST ended.
struct placed_order {
    std::string customer;
    unsigned status = 0;   ///< 0: without an answer
    std::string order_id;  ///< of an accepted one
    std::string problem;   ///< type of a refused one
    sluice::duration waited{};
};

/// Customers who place orders over HTTP, whether or not those before have been answered. One in ten asks for more than
/// there is.
class order_load {
public:
    struct settings {
        unsigned short port;
        int rate;           ///< orders a second
        int customers = 0;  ///< who take turns; 0: each order is another's
    };

    order_load(sluice::asio::any_io_executor loop, settings what);

    /// Places orders while `body` runs, and waits for all answers.
    template <class Body>
    sluice::awaitable<> during(Body body)
    {
        const auto both = [&](sluice::scope& all) -> sluice::awaitable<> {
            auto& placing = all.spawn(keep_placing(all));
            co_await body();
            placing.emit(sluice::asio::cancellation_type::all);
        };
        co_await sluice::with_scope({}, both);
    }

    /// Waits until `done`, which is asked after each answer.
    sluice::awaitable<> until(std::function<bool()> done);
    /// Waits until `more` POSTs got a 202, not counting those before.
    sluice::awaitable<> accepts(std::size_t more);

    [[nodiscard]] const std::vector<placed_order>& orders() const noexcept { return orders_; }
    [[nodiscard]] std::size_t count(unsigned status) const;
    /// The ids of those that got a 202.
    [[nodiscard]] std::set<std::string> accepted() const;

private:
    sluice::awaitable<> keep_placing(sluice::scope& customers);
    sluice::awaitable<> place(std::string customer, std::string body);

    settings what_;
    sluice::http::client checkout_;
    std::vector<placed_order> orders_;
    sluice::wait_queue changed_;
};
