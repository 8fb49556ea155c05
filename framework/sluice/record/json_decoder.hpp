#pragma once

#include "sluice/record/json_traits.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>

/// Decoding by tables: a type becomes a constant `json_type` of a few small functions, and one reader that is not a
/// template walks them along the parser's events.
namespace sluice {

struct json_limits {
    std::size_t depth = 32;      ///< levels of nesting, at most 512
    std::size_t size = 1 << 20;  ///< bytes
};

namespace detail {

/// What the parser met.
struct json_token {
    enum class kind : unsigned char { null, boolean, integer, natural, real, string, object, array };
    kind what;
    std::string_view text = {};  ///< a number as it was written, a string as it was meant
    bool truth = false;
    std::int64_t integer = 0;
    std::uint64_t natural = 0;  ///< an integer beyond int64
    double real = 0;            ///< any other number, perhaps not to the last digit
};

struct json_member;

struct json_type {
    enum class shape : unsigned char { scalar, optional, array, map, object };
    shape what;
    /// Takes a whole value; or says what it expected. Containers never take one.
    bool (*assign)(void* target, const json_token&, std::string& expected);
    /// Optional: makes the value; array and map: empties it. Returns where to go on.
    void* (*enter)(void* target) = nullptr;
    void (*reset)(void* optional) = nullptr;
    void* (*append)(void* array) = nullptr;
    /// The value of a new key, which is moved into `key`'s view; nullptr: there is one already.
    void* (*insert)(void* map, std::string_view& key) = nullptr;
    const json_type* element = nullptr;
    std::span<const json_member> members = {};
    std::uint64_t required = 0;  ///< a bit a member
};

struct json_member {
    std::string_view name;
    void* (*at)(void* object);
    const json_type* type;
};

/// Reads all of `text` into `target`, which is then whole; or partly filled, and the error says why.
std::optional<decode_error> decode_json(std::string_view text, const json_limits& limits, void* target,
                                        const json_type& type);

bool assign_bool(void* target, const json_token& token, std::string& expected);
bool assign_double(void* target, const json_token& token, std::string& expected);
bool assign_string(void* target, const json_token& token, std::string& expected);
bool assign_timestamp(void* target, const json_token& token, std::string& expected);
bool assign_money(void* target, const json_token& token, std::string& expected);
bool refuse_for_array(void* target, const json_token& token, std::string& expected);
bool refuse_for_object(void* target, const json_token& token, std::string& expected);
bool read_integer(const json_token& token, std::int64_t least, std::uint64_t most, std::uint64_t& value,
                  std::string& expected);

template <json_integer T>
bool assign_integer(void* target, const json_token& token, std::string& expected)
{
    using limits = std::numeric_limits<T>;
    std::uint64_t value = 0;
    if (!read_integer(token, limits::min(), static_cast<std::uint64_t>(limits::max()), value, expected)) return false;
    *static_cast<T*>(target) = static_cast<T>(value);
    return true;
}

template <json_enum T>
bool assign_enum(void* target, const json_token& token, std::string& expected)
{
    return [&]<template <class...> class List, class... Values>(List<Values...>) {
        const auto is = [&](T value, std::string_view name) {
            return token.text == name && (*static_cast<T*>(target) = value, true);
        };
        if (token.what == json_token::kind::string && (is(Values::value, Values::name) || ...)) return true;
        expected = "one of";
        ((expected.append(expected.size() > 6 ? ", " : " ").append(Values::name)), ...);
        return false;
    }(boost::describe::describe_enumerators<T>{});
}

template <json_text T>
bool assign_text(void* target, const json_token& token, std::string& expected)
{
    if (token.what != json_token::kind::string) {
        expected = "a string";
        return false;
    }
    auto value = T::from_text(token.text);
    if (!value) {
        expected = std::move(value.error().expected);
        return false;
    }
    *static_cast<T*>(target) = std::move(*value);
    return true;
}

template <class T>
struct json_table {
    static const json_type type;
};

constexpr json_type scalar_type(bool (*assign)(void*, const json_token&, std::string&))
{
    return {.what = json_type::shape::scalar, .assign = assign};
}

template <class T>
constexpr json_type optional_type()
{
    using value_type = typename T::value_type;
    static_assert(!is_optional<value_type>, "an optional of an optional has no JSON of its own");
    return {.what = json_type::shape::optional,
            .assign = nullptr,
            .enter = [](void* target) -> void* { return &static_cast<T*>(target)->emplace(); },
            .reset = [](void* target) { static_cast<T*>(target)->reset(); },
            .element = &json_table<value_type>::type};
}

// Most arrays are short: the first few elements share one allocation.
template <class T>
void* append_element(void* array)
{
    constexpr auto few = std::max<std::size_t>(1, 256 / sizeof(typename T::value_type));
    auto& all = *static_cast<T*>(array);
    if (all.capacity() == 0) all.reserve(few);
    return &all.emplace_back();
}

template <class T>
constexpr json_type array_type()
{
    return {.what = json_type::shape::array,
            .assign = refuse_for_array,
            .enter = [](void* target) -> void* { return static_cast<T*>(target)->clear(), target; },
            .append = append_element<T>,
            .element = &json_table<typename T::value_type>::type};
}

template <class T>
constexpr json_type map_type()
{
    return {.what = json_type::shape::map,
            .assign = refuse_for_object,
            .enter = [](void* target) -> void* { return static_cast<T*>(target)->clear(), target; },
            .insert = [](void* target, std::string_view& key) -> void* {
                const auto [place, added] = static_cast<T*>(target)->try_emplace(std::string{key});
                key = place->first;
                return added ? &place->second : nullptr;
            },
            .element = &json_table<typename T::mapped_type>::type};
}

template <class T, class Member>
using member_type = std::remove_reference_t<decltype(std::declval<T&>().*Member::pointer)>;

template <json_object T>
inline constexpr auto member_table = with_members<T>([](auto... member) {
    static_assert(sizeof...(member) <= 64, "a struct of more than 64 members: nest it");
    return std::array<json_member, sizeof...(member)>{json_member{
        member.name, [](void* of) -> void* { return std::addressof(static_cast<T*>(of)->*decltype(member)::pointer); },
        &json_table<member_type<T, decltype(member)>>::type}...};
});

template <json_object T>
constexpr json_type object_type()
{
    return {.what = json_type::shape::object,
            .assign = refuse_for_object,
            .enter = [](void* target) { return target; },
            .members = member_table<T>,
            .required = with_members<T>([](auto... member) {
                std::uint64_t mask = 0, bit = 1;
                ((mask |= is_optional<member_type<T, decltype(member)>> ? 0 : bit, bit <<= 1), ...);
                return mask;
            })};
}

template <class T>
constexpr json_type make_json_type()
{
    if constexpr (std::same_as<T, bool>)
        return scalar_type(assign_bool);
    else if constexpr (json_integer<T>)
        return scalar_type(assign_integer<T>);
    else if constexpr (std::same_as<T, double>)
        return scalar_type(assign_double);
    else if constexpr (std::same_as<T, std::string>)
        return scalar_type(assign_string);
    else if constexpr (std::same_as<T, timestamp>)
        return scalar_type(assign_timestamp);
    else if constexpr (std::same_as<T, money>)
        return scalar_type(assign_money);
    else if constexpr (json_enum<T>)
        return scalar_type(assign_enum<T>);
    else if constexpr (json_text<T>)
        return scalar_type(assign_text<T>);
    else if constexpr (is_optional<T>)
        return optional_type<T>();
    else if constexpr (is_vector<T>)
        return array_type<T>();
    else if constexpr (is_string_map<T>)
        return map_type<T>();
    else if constexpr (json_object<T>)
        return object_type<T>();
    else
        static_assert(never<T>, "not a type of the codec: see sluice/record/codec.hpp");
}

template <class T>
constinit const json_type json_table<T>::type = make_json_type<T>();

}  // namespace detail
}  // namespace sluice
