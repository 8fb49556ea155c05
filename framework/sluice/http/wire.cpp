#include "sluice/http/wire.hpp"

#include <spdlog/fmt/chrono.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::http {
namespace {

// What we write ourselves, whatever the message says.
bool is_ours(std::string_view name)
{
    constexpr std::array<std::string_view, 3> ours{"Content-Length", "Transfer-Encoding", "Connection"};
    return std::ranges::any_of(ours, [&](std::string_view o) { return same_token(o, name); });
}

void append_fields(std::string& out, const header_fields& fields, std::string_view also_ours)
{
    for (const auto f : fields.all())
        if (!is_ours(f.name) && !same_token(f.name, also_ours))
            out.append(f.name).append(": ").append(f.value).append("\r\n");
}

void append_number(std::string& out, std::size_t number)
{
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_length(std::string& out, std::size_t length)
{
    append_number(out.append("Content-Length: "), length);
    out.append("\r\n");
}

}  // namespace

std::string http_date(timestamp when)
{
    const auto seconds = std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
    return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

bool has_body(unsigned status) noexcept
{
    return status >= 200 && status != 204 && status != 304;
}

void append_head(std::string& out, const response& what, const head_options& how)
{
    append_number(out.append("HTTP/1.1 "), what.status);
    out.append(" ").append(reason(what.status)).append("\r\nDate: ").append(how.date).append("\r\n");
    append_fields(out, what.headers, "Date");
    if (has_body(what.status)) append_length(out, what.body.size());
    if (!how.keep_alive)
        out.append("Connection: close\r\n");
    else if (how.version == 10)
        out.append("Connection: keep-alive\r\n");
    out.append("\r\n");
}

void append_head(std::string& out, const request& what, std::string_view host)
{
    out.append(what.method).append(" ").append(what.target).append(" HTTP/1.1\r\nHost: ").append(host).append("\r\n");
    append_fields(out, what.headers, "Host");
    if (!what.body.empty() || what.method == "POST" || what.method == "PUT" || what.method == "PATCH")
        append_length(out, what.body.size());
    out.append("\r\n");
}

}  // namespace sluice::http
