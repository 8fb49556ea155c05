#include "sluice/base/rfc3339.hpp"
#include "sluice/record/json_decoder.hpp"

#include <charconv>
#include <cmath>

namespace sluice::detail {
namespace {

using kind = json_token::kind;

bool refuse(std::string& expected, std::string_view words)
{
    expected = words;
    return false;
}

bool is_number(const json_token& token)
{
    return token.what == kind::integer || token.what == kind::natural || token.what == kind::real;
}

}  // namespace

bool assign_bool(void* target, const json_token& token, std::string& expected)
{
    if (token.what != kind::boolean) return refuse(expected, "true or false");
    *static_cast<bool*>(target) = token.truth;
    return true;
}

bool assign_string(void* target, const json_token& token, std::string& expected)
{
    if (token.what != kind::string) return refuse(expected, "a string");
    static_cast<std::string*>(target)->assign(token.text);
    return true;
}

bool assign_double(void* target, const json_token& token, std::string& expected)
{
    if (!is_number(token)) return refuse(expected, "a number");
    // From the text: the parser's own double may be one unit in the last place away. What is too small is zero.
    double value = 0;
    const auto [end, error] = std::from_chars(token.text.data(), token.text.data() + token.text.size(), value);
    if (error != std::errc{} && std::fabs(token.real) > 1) return refuse(expected, "a number that a double can hold");
    *static_cast<double*>(target) = value;
    return true;
}

bool assign_timestamp(void* target, const json_token& token, std::string& expected)
{
    const auto when = token.what == kind::string ? from_rfc3339(token.text) : std::nullopt;
    if (!when) return refuse(expected, "a time as in 2026-01-02T03:04:05.678Z (RFC 3339)");
    *static_cast<timestamp*>(target) = *when;
    return true;
}

bool assign_money(void* target, const json_token& token, std::string& expected)
{
    if (!is_number(token)) return refuse(expected, "a number with at most two decimals");
    const auto amount = money::from_text(token.text);
    if (!amount) return refuse(expected, amount.error().expected);
    *static_cast<money*>(target) = *amount;
    return true;
}

bool refuse_for_array(void*, const json_token&, std::string& expected)
{
    return refuse(expected, "an array");
}

bool refuse_for_object(void*, const json_token&, std::string& expected)
{
    return refuse(expected, "an object");
}

bool read_integer(const json_token& token, std::int64_t least, std::uint64_t most, std::uint64_t& value,
                  std::string& expected)
{
    if (!is_number(token)) return refuse(expected, "a whole number");
    if (token.what == kind::real && token.text.find_first_of(".eE") != std::string_view::npos)
        return refuse(expected, "a whole number without fraction and exponent");
    const bool fits = token.what == kind::natural ? token.natural <= most
                      : token.what == kind::integer
                          ? std::cmp_greater_equal(token.integer, least) && std::cmp_less_equal(token.integer, most)
                          : false;
    if (!fits) return refuse(expected, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    value = token.what == kind::natural ? token.natural : static_cast<std::uint64_t>(token.integer);
    return true;
}

}  // namespace sluice::detail
