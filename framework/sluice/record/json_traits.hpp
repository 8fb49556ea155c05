#pragma once

#include "sluice/base/clock.hpp"
#include "sluice/record/codec_error.hpp"
#include "sluice/record/money.hpp"

#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// Which C++ types are JSON, and as what.
namespace sluice::detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = !std::same_as<T, bool>;

template <class T>
inline constexpr bool is_string_map = false;
template <class T>
inline constexpr bool is_string_map<std::map<std::string, T>> = true;

template <class T>
concept json_integer = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;

template <class T>
concept json_enum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

/// A type of the user's own that is a JSON string, such as an id: the decode_error of `from_text` says what was
/// expected, the codec adds where and what was found.
template <class T>
concept json_text = requires(const T& value, std::string_view text) {
    { T::from_text(text) } -> std::same_as<decoded<T>>;
    { value.to_text() } -> std::convertible_to<std::string_view>;
} && !std::same_as<T, money>;

template <class T>
concept json_object = std::is_class_v<T> && boost::describe::has_describe_members<T>::value && !json_text<T>;

template <json_object T>
using json_members = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

/// `f` is called with the descriptors of the members, in the declared order.
template <json_object T, class F>
constexpr auto with_members(F f)
{
    return [&]<template <class...> class List, class... Members>(List<Members...>) {
        return f(Members{}...);
    }(json_members<T>{});
}

template <class>
inline constexpr bool never = false;

}  // namespace sluice::detail
