#include "sluice/record/json_reader.hpp"

#include "sluice/base/json_text.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <cctype>
#include <functional>

namespace sluice::detail {
namespace {

/// The parser calls itself once a level, so it has a limit that no caller can lift.
constexpr std::size_t parser_depth = 512;

std::string describe(const json_token& token)
{
    switch (token.what) {
        case json_token::kind::null: return "null";
        case json_token::kind::boolean: return token.truth ? "true" : "false";
        case json_token::kind::string: return '"' + printable(token.text) + '"';
        case json_token::kind::object: return "an object";
        case json_token::kind::array: return "an array";
        default: return printable(token.text);
    }
}

/// Whether a view lies in the text, or in a buffer of the parser or ours, because it had escapes.
bool within(std::string_view text, std::string_view part)
{
    return std::greater_equal{}(part.data(), text.data()) &&
           std::less_equal{}(part.data() + part.size(), text.data() + text.size());
}

void append_key(std::string& path, std::string_view key)
{
    const auto plain = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; };
    if (key.empty() || !std::ranges::all_of(key, plain))
        path.append("[\"").append(printable(key)).append("\"]");
    else
        path.append(path.empty() ? "" : ".").append(printable(key));
}

decode_error too_deep(std::size_t depth, std::string path)
{
    return {decode_error::kind::limit, std::move(path), "at most " + std::to_string(depth) + " levels of nesting",
            "more"};
}

decode_error malformed(boost::system::error_code why, std::string_view text, std::size_t at, std::string path)
{
    if (why == boost::json::error::too_deep) return too_deep(parser_depth, {});
    std::string found =
        at >= text.size() ? "the end of the text" : printable(text.substr(at), 12) + " at byte " + std::to_string(at);
    if (why == boost::json::error::exponent_overflow)
        return {decode_error::kind::shape, std::move(path), "a number that a double can hold", std::move(found)};
    return {decode_error::kind::malformed, std::move(path), "JSON", std::move(found)};
}

}  // namespace

bool json_reader::refuse(decode_error::kind what, std::string expected, std::string found, error_code& ec)
{
    failure.emplace(what, path(), std::move(expected), std::move(found));
    ec = make_error_code(errc::corrupt);
    return false;
}

std::string json_reader::path() const
{
    std::string path;
    for (const frame& each : frames_) {
        if (each.array)
            path.append("[").append(std::to_string(each.count - 1)).append("]");
        else
            append_key(path, each.key);
    }
    return path;
}

std::string json_reader::path_of_unfinished()
{
    if (!frames_.empty() && !frames_.back().awaited) frames_.pop_back();
    return path();
}

json_reader::slot json_reader::next_slot()
{
    if (frames_.empty()) return next_;
    frame& around = frames_.back();
    if (!around.array) return around.awaited = false, next_;
    ++around.count;
    if (!around.where.type) return {};
    return {around.where.type->append(around.where.target), around.where.type->element};
}

bool json_reader::take(const json_token& token, error_code& ec)
{
    slot to = next_slot();
    if (!to.type) return true;
    if (to.type->what == json_type::shape::optional) {
        if (token.what == json_token::kind::null) return to.type->reset(to.target), true;
        to = {to.type->enter(to.target), to.type->element};
    }
    std::string expected;
    return to.type->assign(to.target, token, expected) ||
           refuse(decode_error::kind::shape, std::move(expected), describe(token), ec);
}

bool json_reader::begin(json_token::kind what, error_code& ec)
{
    const bool array = what == json_token::kind::array;
    slot to = next_slot();
    if (to.type) {
        if (to.type->what == json_type::shape::optional) to = {to.type->enter(to.target), to.type->element};
        const auto shape = to.type->what;
        if (array ? shape != json_type::shape::array
                  : shape != json_type::shape::object && shape != json_type::shape::map) {
            std::string expected;
            to.type->assign(to.target, {.what = what}, expected);
            return refuse(decode_error::kind::shape, std::move(expected), describe({.what = what}), ec);
        }
        to.target = to.type->enter(to.target);
    }
    if (frames_.size() >= depth_) {
        failure = too_deep(depth_, path());
        ec = make_error_code(errc::corrupt);
        return false;
    }
    frames_.push_back({.where = to, .array = array, .ignored = ignored_.size()});
    return true;
}

bool json_reader::on_key(string_view last, std::size_t total, error_code& ec)
{
    frame& object = frames_.back();
    object.key = whole(last, total);
    if (!within(text_, object.key)) object.key = escaped_.emplace_front(object.key);
    object.awaited = true;
    next_ = {};
    const json_type* type = object.where.type;
    if (type && type->what == json_type::shape::map) {
        next_ = {type->insert(object.where.target, object.key), type->element};
        return next_.target || refuse_duplicate(ec);
    }
    if (type) {
        const auto count = type->members.size();
        for (std::size_t tried = 0, at = object.expected; tried < count; ++tried, ++at) {
            if (at >= count) at = 0;
            const json_member& member = type->members[at];
            if (member.name != object.key) continue;
            object.key = member.name;
            if (object.seen >> at & 1) return refuse_duplicate(ec);
            object.seen |= std::uint64_t{1} << at;
            object.expected = at + 1;
            next_ = {member.at(object.where.target), member.type};
            return true;
        }
    }
    ignored_.push_back(object.key);
    return true;
}

bool json_reader::on_object_end(std::size_t, error_code& ec)
{
    frame& object = frames_.back();
    if (const json_type* type = object.where.type)
        if (const auto missing = type->required & ~object.seen) {
            const json_member& member = type->members[static_cast<std::size_t>(std::countr_zero(missing))];
            std::string expected;
            member.type->assign(nullptr, {.what = json_token::kind::object}, expected);
            object.key = member.name;
            return refuse(decode_error::kind::shape, std::move(expected), "nothing", ec);
        }
    if (const auto first = ignored_.begin() + static_cast<std::ptrdiff_t>(object.ignored); first != ignored_.end()) {
        std::sort(first, ignored_.end());
        if (const auto twice = std::adjacent_find(first, ignored_.end()); twice != ignored_.end()) {
            object.key = *twice;
            return refuse_duplicate(ec);
        }
        ignored_.erase(first, ignored_.end());
    }
    frames_.pop_back();
    return true;
}

bool json_reader::refuse_duplicate(error_code& ec)
{
    return refuse(decode_error::kind::shape, "each key once", "a second one", ec);
}

bool json_reader::keep(std::string_view part, std::size_t total)
{
    if (part.size() == total) parts_.clear();
    parts_ += part;
    return true;
}

std::string_view json_reader::whole(std::string_view last, std::size_t total)
{
    if (last.size() == total) return last;
    return parts_ += last;
}

std::optional<decode_error> decode_json(std::string_view text, const json_limits& limits, void* target,
                                        const json_type& type)
{
    if (text.size() > limits.size)
        return decode_error{decode_error::kind::limit,
                            {},
                            "at most " + std::to_string(limits.size) + " bytes",
                            std::to_string(text.size())};
    boost::json::parse_options options;
    options.max_depth = parser_depth;
    boost::json::basic_parser<json_reader> parser{options, text, target, type, limits.depth};
    boost::system::error_code error;
    const auto used = parser.write_some(false, text.data(), text.size(), error);
    if (parser.handler().failure) return std::move(parser.handler().failure);
    if (!error && used < text.size()) error = boost::json::error::extra_data;
    if (error) return malformed(error, text, used, parser.handler().path_of_unfinished());
    return std::nullopt;
}

}  // namespace sluice::detail
