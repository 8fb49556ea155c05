#pragma once

#include "sluice/store/sql.hpp"

#include <memory>
#include <string>
#include <vector>

namespace orders {

/// An `Idempotency-Key`, which belongs to its customer.
struct order_key {
    std::string customer_id, key;
};

enum class key_state {
    ours,       ///< whoever asks is to send the event
    elsewhere,  ///< somebody else sends it now
    placed,     ///< it is in the log
    reused,     ///< another order has this key
};

/// Which order each `Idempotency-Key` stands for, whichever process it comes to: the event itself, as it was or is to
/// be sent. A key is forgotten a day after it came first. Failures are those of `sql_database`.
class key_store {
public:
    static constexpr auto kept = std::chrono::hours{24};

    static std::vector<sluice::store::sql_migrations> migrations();

    explicit key_store(std::shared_ptr<sluice::store::sql_database> where) : where_{std::move(where)} {}

    struct claim_result {
        key_state state;
        std::string event;  ///< of the first who came with the key
        /// Ours, and an earlier claim has ended without a word: the event may be in the log.
        bool doubtful = false;
    };
    /// Makes the sending of the key's order the caller's until the time `until`, where it is nobody's: the key is new,
    /// then `event` (an `order_placed`) is kept with it; or who had claimed it has not settled it in time. An order
    /// with other items is another order.
    sluice::awaitable<claim_result> claim(order_key which, std::string event, sluice::timestamp now,
                                          sluice::timestamp until);

    /// The order is in the log.
    sluice::awaitable<> settle(order_key which);
    /// It surely is not, so whoever comes next may claim it at once: ends the claim that lasts until `until`.
    sluice::awaitable<> release(order_key which, sluice::timestamp until);

    /// Forgets what is older than a day.
    sluice::awaitable<> forget(sluice::timestamp now);

private:
    std::shared_ptr<sluice::store::sql_database> where_;
};

}  // namespace orders
