#include "words.hpp"

#include <spdlog/fmt/fmt.h>

#include <cmath>

namespace sluice::bench {
namespace {

std::string three_digits(double value)
{
    const double size = std::abs(value);
    if (size != 0 && size < 0.0995) return fmt::format("{:.2g}", value);
    return fmt::format("{:.{}f}", value, size < 0.995 ? 3 : size < 9.95 ? 2 : size < 99.5 ? 1 : 0);
}

std::string of(bar::rule how, double value)
{
    switch (how) {
        case bar::rule::ratio: return fmt::format("{:.3g} ×", value);
        case bar::rule::difference: return fmt::format("{:+.3g}", value);
        case bar::rule::alone: break;
    }
    return short_number(value);
}

}  // namespace

std::string short_number(double value)
{
    const double size = std::abs(value);
    if (size >= 999.5e3) return three_digits(value / 1e6) + "M";
    if (size >= 9'995) return three_digits(value / 1e3) + "k";
    return three_digits(value);
}

std::string words_of(const bar& what)
{
    return (what.which == bar::side::at_least ? "≥ " : "≤ ") + of(what.how, what.bound);
}

std::string compared_words(const verdict& what)
{
    return of(what.bar.how, what.compared);
}

}  // namespace sluice::bench
