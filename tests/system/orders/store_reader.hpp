#pragma once

#include "sluice/base/async.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

/// What inventory's file holds, read with SQLite itself while others write.
struct stored_orders {
    std::map<std::string, bool> reserved;                ///< by order: reserved, or rejected
    std::int64_t initial = 0, available = 0, taken = 0;  ///< units of all SKUs
    std::int64_t reservations = 0;                       ///< units, summed over the reserved orders
    std::int64_t broken = 0;  ///< SKUs whose units do not add up, and reservations of orders that are not reserved
};
stored_orders read_store(const std::filesystem::path& file);

/// Waits until that many orders are decided.
sluice::awaitable<> until_decided(std::filesystem::path file, std::size_t orders);
