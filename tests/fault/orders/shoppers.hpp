#pragma once

#include "sluice/base/scope.hpp"
#include "sluice/base/wait_queue.hpp"
#include "sluice/http/client.hpp"

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

/// Customers who order over HTTP at a rate, whether or not those before have been answered. Half of them give their
/// order an Idempotency-Key, and repeat it until it is accepted, at the next checkout each time; some of them repeat it
/// once more. Some orders cannot be fulfilled. They believe every answer, and write it down for the checker.
class shoppers {
public:
    struct settings {
        std::vector<unsigned short> checkouts;  ///< their ports
        std::uint64_t seed = 1;
        std::size_t rate = 300;  ///< orders a second
        int customers = 400;
        sluice::duration patience = std::chrono::seconds{60};  ///< an order with a key is repeated for so long
    };

    shoppers(sluice::asio::any_io_executor loop, settings what);

    /// Orders while `body` runs, and waits until all have their last answer.
    template <class Body>
    sluice::awaitable<> during(Body body)
    {
        const auto both = [&](sluice::scope& all) -> sluice::awaitable<> {
            auto& ordering = all.spawn(keep_ordering(all));
            co_await body();
            ordering.emit(sluice::asio::cancellation_type::all);
        };
        co_await sluice::with_scope({}, both);
    }

    /// Waits until `more` orders are accepted, not counting those before.
    sluice::awaitable<> accepts(std::size_t more) { return answers(202, more); }
    /// Waits until `more` POSTs got this status.
    sluice::awaitable<> answers(unsigned status, std::size_t more);
    /// How many POSTs got this status; 0: none that can be relied on.
    [[nodiscard]] std::size_t count(unsigned status) const;

    /// The orders, each with all that was answered, as JSON.
    void describe(const std::filesystem::path& file) const;

private:
    struct item {
        std::string sku;
        std::int64_t quantity = 0, cents = 0;
    };
    struct order {
        std::string customer, key;  ///< key: empty without
        std::vector<item> items;
        bool repeated = false;                      ///< also after it was accepted
        std::vector<unsigned> statuses = {};        ///< 0: no answer, but perhaps it was placed
        std::vector<std::string> ids = {};          ///< of those that accepted it
        std::vector<std::string> bad_answers = {};  ///< those that no server should give
    };

    order make(std::size_t number);
    static std::string body_of(const order& what);
    sluice::awaitable<> keep_ordering(sluice::scope& customers);
    sluice::awaitable<> place(order& what, std::size_t number);
    sluice::awaitable<bool> post(order& what, sluice::http::client& to);

    settings what_;
    sluice::clock& time_;
    std::mt19937_64 random_;
    std::vector<std::unique_ptr<sluice::http::client>> checkouts_;
    std::deque<order> orders_;
    std::map<unsigned, std::size_t> statuses_;
    sluice::wait_queue changed_;
};
