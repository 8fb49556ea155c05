#pragma once

#include "orders/charge.hpp"
#include "sluice/base/async.hpp"
#include "sluice/store/sql.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orders {

struct charge_totals {
    std::int64_t captured = 0;   ///< charges
    std::int64_t declined = 0;   ///< charges
    sluice::money captured_sum;  ///< of all captured ones
};
BOOST_DESCRIBE_STRUCT(charge_totals, (), (captured, declined, captured_sum))

/// What a payment provider has decided: one charge an order, for ever. Several processes may work on one database. As
/// thread-safe as its database; errors as `store::sql_database` throws them.
class charge_store {
public:
    /// What the database is to be made with.
    static std::vector<sluice::store::sql_migrations> migrations();

    explicit charge_store(std::shared_ptr<sluice::store::sql_database> where) : where_{std::move(where)} {}

    struct kept_charge {
        charge what;
        std::string customer_id;
        bool fresh = false;  ///< it was not there before
    };
    /// Keeps the charge unless its order has one, and returns what is kept once that is durable.
    sluice::awaitable<kept_charge> keep(std::string customer_id, charge fresh);

    sluice::awaitable<std::optional<charge>> find(std::string order_id);
    sluice::awaitable<charge_totals> totals();

private:
    std::shared_ptr<sluice::store::sql_database> where_;
};

}  // namespace orders
