#include "sluice/http/router.hpp"

#include "sluice/base/result.hpp"
#include "sluice/http/problem.hpp"
#include "sluice/http/target.hpp"

#include <boost/uuid/string_generator.hpp>

#include <algorithm>
#include <ranges>
#include <set>

namespace sluice::http {
namespace {

bool is_parameter(std::string_view segment)
{
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::string_view name_of(std::string_view segment)
{
    return segment.substr(1, segment.size() - 2);
}

// Literals before parameters, segment by segment; equal only for routes that match the same paths.
std::vector<std::pair<bool, std::string_view>> specificity(const std::vector<std::string>& segments)
{
    std::vector<std::pair<bool, std::string_view>> keys;
    for (const auto& s : segments)
        keys.emplace_back(is_parameter(s), is_parameter(s) ? std::string_view{} : std::string_view{s});
    return keys;
}

bool fits(const router::route& route, const request& what)
{
    const auto one = [](std::string_view pattern, std::string_view segment) {
        return is_parameter(pattern) ? !segment.empty() : pattern == segment;
    };
    return std::ranges::equal(route.segments, what.segments, one);
}

[[noreturn]] void refuse(std::string_view route, std::string_view why)
{
    throw failure{error{errc::invalid, "route '" + std::string{route} + "': " + std::string{why}}};
}

response no_route(const request& what, const std::set<std::string>& methods)
{
    if (methods.empty() && what.path != "*")
        return answer({.status = 404, .type = "/problems/not-found", .detail = "there is nothing at " + what.path});
    std::string allow = "OPTIONS";
    for (const auto& method : methods) allow += ", " + method;
    if (methods.contains("GET") && !methods.contains("HEAD")) allow += ", HEAD";
    if (what.method == "OPTIONS") return {204, {{"Allow", allow}}, {}};
    return answer({.status = 405, .type = "/problems/method-not-allowed", .detail = "possible here: " + allow},
                  {{"Allow", allow}});
}

}  // namespace

std::optional<boost::uuids::uuid> path_parameter<boost::uuids::uuid>::parse(std::string_view segment)
{
    constexpr std::string_view shape = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
    const auto fits = [](char c, char expected) { return expected == '-' ? c == '-' : std::isxdigit(c & 0xff) != 0; };
    if (!std::ranges::equal(segment, shape, fits)) return std::nullopt;
    return boost::uuids::string_generator{}(segment.begin(), segment.end());
}

awaitable<response> detail::ready(response answer)
{
    co_return answer;
}

response detail::bad_parameter(const name_value& parameter, std::string_view expected)
{
    return answer({.status = 400,
                   .type = "/problems/invalid-parameter",
                   .detail = "the path's '" + parameter.first + "' must be " + std::string{expected},
                   .members = {{"parameter", parameter.first}}});
}

void router::insert(std::string_view what, std::size_t types, std::function<awaitable<response>(request&)> handler)
{
    const auto space = what.find(' ');
    if (space == 0 || space == std::string_view::npos || what.substr(space + 1, 1) != "/")
        refuse(what, "expected a method, a space and a path, as in 'GET /stock/{sku}'");
    route added{std::string{what.substr(0, space)}, std::string{what.substr(space + 1)}, {}, std::move(handler)};

    std::set<std::string_view> names;
    const std::string_view path = std::string_view{added.pattern}.substr(1);
    if (!path.empty())
        for (const auto part : std::views::split(path, '/')) {
            const std::string_view segment{part.begin(), part.end()};
            if (!is_parameter(segment) && segment.find_first_of("{}%?#") != std::string_view::npos)
                refuse(what, "a segment is plain text or {name}");
            if (is_parameter(segment) && !names.insert(name_of(segment)).second) refuse(what, "a name comes twice");
            added.segments.emplace_back(segment);
        }
    if (types != 0 && types != names.size()) refuse(what, "its types are not as many as its {names}");

    const auto key = [](const route& r) { return specificity(r.segments); };
    auto place = std::ranges::lower_bound(routes_, key(added), {}, key);
    for (auto same = place; same != routes_.end() && key(*same) == key(added); ++same)
        if (same->method == added.method) refuse(what, "matches the same requests as '" + same->pattern + "'");
    routes_.insert(place, std::move(added));
}

router::match router::find(request& what) const
{
    const auto route_for = [&](std::string_view method) {
        return std::ranges::find_if(routes_, [&](const route& r) { return r.method == method && fits(r, what); });
    };
    auto found = route_for(what.method);
    if (found == routes_.end() && what.method == "HEAD") found = route_for("GET");
    if (found == routes_.end()) {
        std::set<std::string> methods;
        for (const auto& route : routes_)
            if (fits(route, what)) methods.insert(route.method);
        return {nullptr, no_route(what, methods)};
    }

    what.parameters.clear();
    for (std::size_t at = 0; at < found->segments.size(); ++at)
        if (const auto& segment = found->segments[at]; is_parameter(segment))
            what.parameters.emplace_back(name_of(segment), what.segments[at]);
    return {&*found, {}};
}

std::vector<std::string> router::routes() const
{
    std::vector<std::string> all;
    for (const auto& route : routes_) all.push_back(route.method + " " + route.pattern);
    std::ranges::sort(all);
    return all;
}

awaitable<response> router::handle(request what) const
{
    if (const auto parsed = parse_target(what); !parsed)
        co_return answer({.status = 400, .type = "/problems/invalid-target", .detail = parsed.error().message()});
    const auto match = find(what);
    if (!match.found) co_return match.refusal;
    co_return co_await match.found->handler(what);
}

}  // namespace sluice::http
