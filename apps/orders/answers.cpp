#include "orders/answers.hpp"

#include "sluice/http/utf8.hpp"

#include <algorithm>

namespace orders {

using namespace sluice;

namespace {

constexpr std::size_t longest_id = 128;  // bytes

bool is_json(std::string_view content_type)
{
    auto type = content_type.substr(0, content_type.find(';'));
    type.remove_suffix(type.size() - (type.find_last_not_of(" \t") + 1));
    return http::same_token(type, "application/json");
}

http::response unavailable(std::string_view type, std::string_view seconds)
{
    return http::answer({.status = 503, .type = std::string{type}, .detail = "nothing was done: try again later"},
                        {{"Retry-After", seconds}});
}

}  // namespace

std::string_view flaw_of_id(std::string_view id)
{
    const auto control = [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; };
    if (id.empty()) return "must not be empty";
    if (id.size() > longest_id) return "must have at most 128 bytes";
    if (std::ranges::any_of(id, control)) return "must not hold control characters";
    if (!http::is_text(id)) return "must be UTF-8";
    return {};
}

std::optional<http::problem> flaw_of_type(const http::header_fields& headers)
{
    constexpr auto type = "/problems/unsupported-media-type";
    if (const auto found = headers.find("Content-Type"); found && !is_json(*found))
        return invalid(415, type, "Content-Type", "the body must be application/json");
    if (const auto coding = headers.find("Content-Encoding"); coding && !http::same_token(*coding, "identity"))
        return invalid(415, type, "Content-Encoding", "the body must not be encoded");
    return std::nullopt;
}

http::problem undecodable(const decode_error& why)
{
    switch (why.what) {
        case decode_error::kind::malformed: return invalid(400, "/problems/malformed-json", why.path, why.message());
        case decode_error::kind::limit: return invalid(400, "/problems/json-too-deep", why.path, why.message());
        case decode_error::kind::shape: break;
    }
    return invalid(400, "/problems/invalid-field", why.path, why.message());
}

http::problem invalid(unsigned status, std::string_view type, std::string_view field, std::string detail)
{
    http::problem what{.status = status, .type = std::string{type}, .detail = std::move(detail)};
    if (!field.empty()) what.members["field"] = field;
    return what;
}

bool may_pass(const error& why)
{
    return why == errc::unavailable || why == errc::timed_out || why == errc::overloaded ||
           why == errc::outcome_unknown;
}

awaitable<http::response> with_store(awaitable<http::response> answer)
{
    std::optional<error> why;
    try {
        co_return co_await std::move(answer);
    } catch (const failure& failed) {
        why = failed.why();
        if (!may_pass(*why)) throw;
    }
    if (*why == errc::outcome_unknown)
        co_return http::answer(
            {.status = 504, .type = "/problems/outcome-unknown", .detail = "it may or may not have been done"});
    if (*why == errc::overloaded) co_return unavailable("/problems/overloaded", "1");
    co_return unavailable("/problems/unavailable", "5");
}

}  // namespace orders
