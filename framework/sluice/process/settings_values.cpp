#include "sluice/base/clock.hpp"
#include "sluice/process/settings.hpp"

#include <spdlog/fmt/fmt.h>

#include <charconv>
#include <optional>

namespace sluice {
namespace {

template <class Integer>
std::optional<Integer> whole(std::string_view text)
{
    Integer value{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

struct unit {
    std::string_view name;
    std::uint64_t worth;
};

// `30s`: digits, then a unit, the whole within `most`.
std::optional<std::uint64_t> scaled(std::string_view text, std::span<const unit> units, std::uint64_t most)
{
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = whole<std::uint64_t>(text.substr(0, digits));
    const auto found = std::ranges::find(units, text.substr(digits), &unit::name);
    if (!number || found == units.end() || *number > most / found->worth) return std::nullopt;
    return *number * found->worth;
}

constexpr unit time_units[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};
constexpr unit size_units[] = {{"", 1},          {"KB", 1000},     {"MB", 1'000'000}, {"GB", 1'000'000'000},
                               {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};

}  // namespace

std::int64_t settings::integer(std::string_view key, std::int64_t least, std::int64_t most) const
{
    const auto value = whole<std::int64_t>(text(key));
    if (value && *value >= least && *value <= most) return *value;
    if (most == std::numeric_limits<std::int64_t>::max())
        reject(key, fmt::format("a whole number, at least {}", least));
    reject(key, fmt::format("a whole number from {} to {}", least, most));
}

double settings::number(std::string_view key, double least, double most) const
{
    const std::string_view digits = text(key);
    double value = 0;
    const auto [end, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
    if (failed == std::errc{} && end == digits.data() + digits.size() && value >= least && value <= most) return value;
    reject(key, fmt::format("a number from {} to {}", least, most));
}

template <>
std::string settings::get(std::string_view key) const
{
    return text(key);
}

template <>
bool settings::get(std::string_view key) const
{
    if (text(key) == "true") return true;
    if (text(key) != "false") reject(key, "true or false");
    return false;
}

template <>
std::int64_t settings::get(std::string_view key) const
{
    using limits = std::numeric_limits<std::int64_t>;
    return integer(key, limits::min(), limits::max());
}

template <>
std::int32_t settings::get(std::string_view key) const
{
    using limits = std::numeric_limits<std::int32_t>;
    return static_cast<std::int32_t>(integer(key, limits::min(), limits::max()));
}

template <>
std::uint16_t settings::get(std::string_view key) const
{
    const auto port = whole<std::uint16_t>(text(key));
    if (!port) reject(key, "a port from 0 to 65535");
    return *port;
}

template <>
duration settings::get(std::string_view key) const
{
    // A hundred years: more nanoseconds would overflow when added to now.
    const auto span = scaled(text(key), time_units, 31'536'000'000ULL * 100);
    if (!span) reject(key, "a duration such as 250ms, 30s, 2m or 1h");
    return std::chrono::milliseconds{*span};
}

template <>
byte_size settings::get(std::string_view key) const
{
    const auto size = scaled(text(key), size_units, std::numeric_limits<std::int64_t>::max());
    if (!size) reject(key, "a size in bytes such as 512, 64KiB or 5MB");
    return {*size};
}

}  // namespace sluice
