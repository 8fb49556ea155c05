#include "sluice/http/message.hpp"

#include <boost/beast/http/status.hpp>

#include <algorithm>

namespace sluice::http {
namespace {

std::optional<std::string_view> find(const std::vector<name_value>& among, std::string_view name)
{
    const auto found = std::ranges::find(among, name, &name_value::first);
    if (found == among.end()) return std::nullopt;
    return found->second;
}

}  // namespace

std::optional<std::string_view> request::query_value(std::string_view name) const
{
    return find(query, name);
}

std::optional<std::string_view> request::parameter(std::string_view name) const
{
    return find(parameters, name);
}

response json(unsigned status, std::string text)
{
    return {status, {{"Content-Type", "application/json"}}, std::move(text)};
}

response text(unsigned status, std::string text)
{
    return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text)};
}

response no_content()
{
    return {204, {}, {}};
}

response dropped()
{
    return {0, {}, {}};
}

std::string_view reason(unsigned status) noexcept
{
    return boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
}

}  // namespace sluice::http
