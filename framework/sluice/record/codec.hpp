#pragma once

#include "sluice/record/codec_error.hpp"
#include "sluice/record/json_decoder.hpp"
#include "sluice/record/json_encoder.hpp"
#include "sluice/record/money.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <string>
#include <string_view>

/// C++ values as JSON (RFC 8259), and back.
///
/// | C++                                              | JSON                                                        |
/// |--------------------------------------------------|-------------------------------------------------------------|
/// | `bool`, `std::string`                            | boolean, string                                             |
/// | integers                                         | a number without fraction and exponent, in range            |
/// | `double`                                         | a number, the shortest that reads back the same             |
/// | `money`                                          | a number with two decimals, exact                           |
/// | `timestamp`                                      | a string, RFC 3339, UTC with milliseconds                   |
/// | an enum with `BOOST_DESCRIBE_ENUM`               | a string, the enumerator's name                             |
/// | a struct with `BOOST_DESCRIBE_STRUCT`            | an object, members in the declared order                    |
/// | `std::optional<T>`                               | absent or null when empty; a member is then not written     |
/// | `std::vector<T>`, `std::map<std::string, T>`     | an array, an object                                         |
/// | a class with `static decoded<X> from_text(std::string_view)` and `to_text() const` | a string          |
///
/// These nest; a struct must be default-constructible.
namespace sluice {

/// Reads all of `text` as one `T`; never throws for what it holds, uses a bounded stack, and keeps no view of it.
/// Fields that `T` does not know are ignored, though they too must be JSON. An error is the first one in the text; a
/// field that is missing, duplicate keys wherever they are, and bytes after the value are errors.
template <class T>
decoded<T> from_json(std::string_view text, const json_limits& limits = {})
{
    T value{};
    if (auto error = detail::decode_json(text, limits, &value, detail::json_table<T>::type)) return std::move(*error);
    return value;
}

/// Valid JSON, whatever `value` holds: bytes in a string that are not UTF-8 become U+FFFD; a double that is not finite
/// and an enum value without a name become null (which `from_json` then refuses by name of the field).
template <class T>
std::string to_json(const T& value)
{
    std::string text;
    text.reserve(256);
    detail::append_json(text, value);
    return text;
}

}  // namespace sluice
