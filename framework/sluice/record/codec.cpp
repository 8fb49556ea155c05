#include "sluice/record/codec.hpp"

#include <cmath>

namespace sluice {

std::string decode_error::message() const
{
    const std::string text = "expected " + expected + ", found " + found;
    return path.empty() ? text : path + ": " + text;
}

void throw_exception_from_error(const decode_error& what, const boost::source_location&)
{
    throw failure{what};
}

void detail::append_double(std::string& to, double value)
{
    if (!std::isfinite(value)) {
        to += "null";
        return;
    }
    char digits[32];
    to.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void detail::append_money(std::string& to, money value)
{
    // Through unsigned, so that the smallest amount has an opposite.
    const auto minor = static_cast<std::uint64_t>(value.minor());
    const auto size = value.minor() < 0 ? 0 - minor : minor;
    if (value.minor() < 0) to += '-';
    append_integer(to, size / 100);
    to.append({'.', static_cast<char>('0' + size / 10 % 10), static_cast<char>('0' + size % 10)});
}

}  // namespace sluice
