#pragma once

#include <boost/uuid/uuid.hpp>

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::http {

/// How a segment of a path becomes a handler's parameter. Specialise it for types of your own.
template <class T>
struct path_parameter;

template <>
struct path_parameter<std::string> {
    static constexpr std::string_view expected = "text";
    static std::optional<std::string> parse(std::string_view segment) { return std::string{segment}; }
};

template <class Integer>
    requires std::integral<Integer> && (!std::same_as<Integer, bool>)
struct path_parameter<Integer> {
    static constexpr std::string_view expected = "an integer within its range";
    static std::optional<Integer> parse(std::string_view segment)
    {
        Integer value{};
        const auto* const end = segment.data() + segment.size();
        const auto [stopped, ec] = std::from_chars(segment.data(), end, value);
        if (ec != std::errc{} || stopped != end) return std::nullopt;
        return value;
    }
};

template <>
struct path_parameter<boost::uuids::uuid> {
    static constexpr std::string_view expected = "a UUID";
    /// Only the form 8-4-4-4-12.
    static std::optional<boost::uuids::uuid> parse(std::string_view segment);
};

}  // namespace sluice::http
