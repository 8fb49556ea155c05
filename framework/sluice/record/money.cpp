#include "sluice/record/money.hpp"

#include "sluice/base/json_text.hpp"
#include "sluice/record/json_encoder.hpp"

#include <limits>

namespace sluice {
namespace {

constexpr std::string_view form = "a number with at most two decimals";
constexpr std::string_view range = "an amount from -92233720368547758.08 to 92233720368547758.07";

decode_error wrong(std::string_view expected, std::string_view text)
{
    return {decode_error::kind::shape, {}, std::string{expected}, printable(text)};
}

constexpr bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

}  // namespace

decoded<money> money::from_text(std::string_view text)
{
    std::string_view rest = text;
    const bool negative = rest.starts_with('-');
    rest.remove_prefix(negative ? 1 : 0);

    // Counted downwards, where there is room for one more.
    std::int64_t minor = 0;
    bool fits = true;
    const auto append = [&](int digit) {
        fits = fits && !__builtin_mul_overflow(minor, 10, &minor) && !__builtin_sub_overflow(minor, digit, &minor);
    };
    const auto digits = [&] {
        std::size_t count = 0;
        for (; count < rest.size() && is_digit(rest[count]); ++count) append(rest[count] - '0');
        rest.remove_prefix(count);
        return count;
    };
    if (digits() == 0) return wrong(form, text);
    std::size_t decimals = 0;
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        decimals = digits();
        if (decimals == 0 || decimals > 2) return wrong(form, text);
    }
    if (!rest.empty()) return wrong("a number with at most two decimals and no exponent", text);
    for (; decimals < 2; ++decimals) append(0);
    if (!negative) fits = fits && minor != std::numeric_limits<std::int64_t>::min();
    if (!fits) return wrong(range, text);
    return money{negative ? minor : -minor};
}

std::string money::to_text() const
{
    std::string text;
    detail::append_money(text, *this);
    return text;
}

std::optional<money> money::plus(money other) const noexcept
{
    money sum;
    return __builtin_add_overflow(minor_, other.minor_, &sum.minor_) ? std::nullopt : std::optional{sum};
}

std::optional<money> money::times(std::int64_t quantity) const noexcept
{
    money product;
    return __builtin_mul_overflow(minor_, quantity, &product.minor_) ? std::nullopt : std::optional{product};
}

}  // namespace sluice
