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

}  // namespace sluice
