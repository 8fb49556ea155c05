#include "sluice/http/header_fields.hpp"

#include <boost/beast/http/rfc7230.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace sluice::http {
namespace {

constexpr auto in_token = [] {
    std::array<bool, 256> table{};
    for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
    for (unsigned c = 'A'; c <= 'Z'; ++c) table[c] = table[c + ('a' - 'A')] = true;
    for (const unsigned char c : std::string_view{"!#$%&'*+-.^_`|~"}) table[c] = true;
    return table;
}();

bool is_token(std::string_view text)
{
    const auto allowed = [](unsigned char c) { return in_token[c]; };
    return !text.empty() && std::ranges::all_of(text, allowed);
}

bool is_value(std::string_view text)
{
    const auto allowed = [](unsigned char c) { return c == '\t' || (c >= ' ' && c != 0x7f); };
    return std::ranges::all_of(text, allowed);
}

constexpr char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

header_fields::header_fields(std::initializer_list<field> fields)
{
    for (const auto& f : fields) add(f.name, f.value);
}

header_fields::field header_fields::view(place p) const noexcept
{
    const std::string_view text = text_;
    return {text.substr(p.at, p.name), text.substr(p.at + p.name, p.value)};
}

void header_fields::append(std::string_view name, std::string_view value)
{
    if (places_.capacity() == 0) {  // what most messages need, in one allocation each
        places_.reserve(8);
        text_.reserve(240);
    }
    places_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()),
                       static_cast<std::uint32_t>(value.size())});
    text_.append(name).append(value);
}

void header_fields::add(std::string_view name, std::string_view value)
{
    if (!is_token(name) || !is_value(value))
        throw std::invalid_argument{"a header field's name or value has a forbidden character"};
    append(name, value);
}

void header_fields::set(std::string_view name, std::string_view value)
{
    erase(name);
    add(name, value);
}

std::size_t header_fields::erase(std::string_view name)
{
    return std::erase_if(places_, [&](place p) { return same_token(view(p).name, name); });
}

void header_fields::clear() noexcept
{
    places_.clear();
    text_.clear();
}

std::optional<std::string_view> header_fields::find(std::string_view name) const noexcept
{
    for (const auto p : places_) {
        if (p.name != name.size()) continue;
        if (const auto f = view(p); same_token(f.name, name)) return f.value;
    }
    return std::nullopt;
}

std::size_t header_fields::count(std::string_view name) const noexcept
{
    const auto has_name = [&](place p) { return p.name == name.size() && same_token(view(p).name, name); };
    return static_cast<std::size_t>(std::ranges::count_if(places_, has_name));
}

bool same_token(std::string_view left, std::string_view right) noexcept
{
    const auto same = [](char a, char b) { return a == b || lower(a) == lower(b); };
    return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin(), same);
}

bool has_token(std::string_view list, std::string_view token)
{
    return boost::beast::http::token_list{list}.exists(token);
}

}  // namespace sluice::http
