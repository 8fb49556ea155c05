#pragma once

#include "sluice/base/json_text.hpp"
#include "sluice/base/rfc3339.hpp"
#include "sluice/record/json_traits.hpp"

#include <charconv>
#include <utility>

namespace sluice::detail {

void append_double(std::string& to, double value);
void append_money(std::string& to, money value);

template <json_integer T>
void append_integer(std::string& to, T value)
{
    char digits[24];
    to.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

template <class T>
void append_json(std::string& to, const T& value);

/// A member's name is an identifier: nothing in it is to be escaped.
template <class T>
void append_member(std::string& to, char& before, std::string_view name, const T& value)
{
    if constexpr (is_optional<T>) {
        if (value) append_member(to, before, name, *value);
    } else {
        to.append({std::exchange(before, ','), '"'}).append(name).append("\":", 2);
        append_json(to, value);
    }
}

template <json_enum T>
void append_enum(std::string& to, T value)
{
    []<template <class...> class List, class... Values>(List<Values...>, std::string& to, T value) {
        const char* name = nullptr;
        ((value == Values::value ? name = Values::name : name), ...);
        name ? append_json_string(to, name) : void(to += "null");
    }(boost::describe::describe_enumerators<T>{}, to, value);
}

template <class T>
void append_array(std::string& to, const T& values)
{
    char before = '[';
    for (const auto& value : values) {
        to += std::exchange(before, ',');
        append_json(to, value);
    }
    to += before == '[' ? "[]" : "]";
}

template <class T>
void append_map(std::string& to, const T& values)
{
    char before = '{';
    for (const auto& [name, value] : values) {
        to += std::exchange(before, ',');
        append_json_string(to, name);
        to += ':';
        append_json(to, value);
    }
    to += before == '{' ? "{}" : "}";
}

template <class T>
void append_object(std::string& to, const T& value)
{
    char before = '{';
    with_members<T>([&](auto... member) { (append_member(to, before, member.name, value.*member.pointer), ...); });
    to += before == '{' ? "{}" : "}";
}

template <class T>
void append_json(std::string& to, const T& value)
{
    if constexpr (std::same_as<T, bool>)
        to += value ? "true" : "false";
    else if constexpr (json_integer<T>)
        append_integer(to, value);
    else if constexpr (std::same_as<T, double>)
        append_double(to, value);
    else if constexpr (std::same_as<T, std::string>)
        append_json_string(to, value);
    else if constexpr (std::same_as<T, timestamp>)
        to += '"', append_rfc3339(to, value), to += '"';
    else if constexpr (std::same_as<T, money>)
        append_money(to, value);
    else if constexpr (json_enum<T>)
        append_enum(to, value);
    else if constexpr (json_text<T>)
        append_json_string(to, value.to_text());
    else if constexpr (is_optional<T>)
        value ? append_json(to, *value) : void(to += "null");
    else if constexpr (is_vector<T>)
        append_array(to, value);
    else if constexpr (is_string_map<T>)
        append_map(to, value);
    else if constexpr (json_object<T>)
        append_object(to, value);
    else
        static_assert(never<T>, "not a type of the codec: see sluice/record/codec.hpp");
}

}  // namespace sluice::detail
