#include "orders/durations.hpp"

namespace orders {

using namespace sluice;

void is_some_time(const settings& given, std::string_view key)
{
    if (given.get<duration>(key) <= duration{}) given.reject(key, "a duration of more than 0");
}

std::chrono::milliseconds age(const settings& given, std::string_view key)
{
    return std::chrono::floor<std::chrono::milliseconds>(given.get<duration>(key));
}

}  // namespace orders
