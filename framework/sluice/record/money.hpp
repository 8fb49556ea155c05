#pragma once

#include "sluice/record/codec_error.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// An exact amount with two decimals, kept as a whole number of minor units. As JSON it is a number that always has
/// both decimals (`29.90`); `29`, `29.9` and `29.90` are read, exponents and more decimals are not.
class money {
public:
    constexpr money() = default;
    /// `of_minor(2999)` is 29.99.
    static constexpr money of_minor(std::int64_t units) { return money{units}; }
    /// Reads a JSON number's text exactly.
    static decoded<money> from_text(std::string_view text);

    [[nodiscard]] constexpr std::int64_t minor() const noexcept { return minor_; }
    [[nodiscard]] std::string to_text() const;

    /// Nullopt: the amount would not fit.
    [[nodiscard]] std::optional<money> plus(money other) const noexcept;
    [[nodiscard]] std::optional<money> times(std::int64_t quantity) const noexcept;

    friend constexpr auto operator<=>(money, money) = default;

private:
    explicit constexpr money(std::int64_t minor) : minor_{minor} {}
    std::int64_t minor_ = 0;
};

}  // namespace sluice
