#include "sluice/http/target.hpp"

#include "sluice/http/utf8.hpp"

#include <boost/url/parse.hpp>

#include <algorithm>

namespace sluice::http {
namespace {

// Splits what is no more than a path of plain segments, as most targets are; false: the target is none. Segments that
// are empty or begin with a dot are left to the parser, to which "/./a" is "/a".
bool split_plain_path(request& into)
{
    const auto plain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
               c == '_' || c == '~' || c == '/';
    };
    const std::string_view target = into.target;
    if (!target.starts_with('/') || target.ends_with('/') || target.find("//") != target.npos ||
        target.find("/.") != target.npos || !std::ranges::all_of(target, plain))
        return false;
    into.path = target;
    for (std::size_t begin = 1, end = 0; end != target.npos; begin = end + 1) {
        end = target.find('/', begin);
        into.segments.emplace_back(target.substr(begin, end - begin));
    }
    return true;
}

}  // namespace

result<> parse_target(request& into)
{
    into.path.clear();
    into.segments.clear();
    into.query.clear();
    if (into.target == "*") {
        into.path = "*";
        return {};
    }
    if (split_plain_path(into)) return {};
    const auto parsed = into.target.starts_with('/') ? boost::urls::parse_origin_form(into.target)
                                                     : boost::urls::parse_absolute_uri(into.target);
    if (!parsed || (parsed->has_scheme() && parsed->scheme_id() != boost::urls::scheme::http))
        return error{errc::invalid, "the target is not a path of RFC 3986"};

    for (const auto segment : parsed->encoded_segments()) {
        into.segments.push_back(segment.decode());
        into.path.append("/").append(into.segments.back());
    }
    if (into.path.empty()) into.path = "/";
    if (!is_text(into.path)) return error{errc::invalid, "the path is not UTF-8 text"};

    for (const auto& parameter : parsed->params()) {
        if (!is_text(parameter.key) || !is_text(parameter.value))
            return error{errc::invalid, "the query is not UTF-8 text"};
        into.query.emplace_back(parameter.key, parameter.value);
    }
    return {};
}

}  // namespace sluice::http
