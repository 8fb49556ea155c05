#include "sluice/http/refusal.hpp"

#include "sluice/http/problem.hpp"

#include <algorithm>

namespace sluice::http {
namespace {

bool is_digits(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

response malformed(std::string_view why)
{
    return answer({.status = 400, .type = "/problems/malformed-request", .detail = std::string{why}});
}

// Whether the request line names a version of HTTP that we do not speak.
bool names_other_version(std::string_view unparsed)
{
    const auto line = unparsed.substr(0, unparsed.find("\r\n"));
    const auto at = line.rfind(" HTTP/");
    if (at == std::string_view::npos) return false;
    const auto version = line.substr(at + 6);
    return version.size() == 3 && version != "1.1" && version != "1.0" && is_digits(version.substr(0, 1)) &&
           version[1] == '.' && is_digits(version.substr(2));
}

}  // namespace

response refusal(const beast::error_code& why, std::string_view unparsed, const request& seen)
{
    using beast::http::error;
    if (why == error::header_limit) return oversize_header(seen);
    if (why == error::body_limit)
        return answer({.status = 413, .type = "/problems/body-too-large", .detail = "the body is larger than allowed"});
    if (why == error::bad_version && names_other_version(unparsed))
        return answer({.status = 505, .type = "/problems/unsupported-version", .detail = "speak HTTP/1.1 or HTTP/1.0"});
    return malformed(why.message());
}

response oversize_header(const request& seen)
{
    if (seen.target.empty())
        return answer({.status = 414, .type = "/problems/target-too-long", .detail = "the request line is too long"});
    return answer({.status = 431, .type = "/problems/header-too-large", .detail = "the header is larger than allowed"});
}

response too_slow(std::string_view part)
{
    return answer({.status = 408,
                   .type = "/problems/request-timeout",
                   .detail = "the " + std::string{part} + " did not come in time"});
}

response internal_error()
{
    return answer({.status = 500, .type = "/problems/internal-error", .detail = "the request could not be handled"});
}

std::optional<response> refuse_framing(const request& what, int version)
{
    std::size_t lengths = 0, encodings = 0, hosts = 0;
    std::string_view length, encoding;
    std::optional<std::string_view> expected;
    for (const auto f : what.headers.all()) {  // one look at each: every request is asked this
        if (same_token(f.name, "Host")) {
            ++hosts;
        } else if (same_token(f.name, "Content-Length")) {
            ++lengths;
            length = f.value;
        } else if (same_token(f.name, "Transfer-Encoding")) {
            ++encodings;
            encoding = f.value;
        } else if (!expected && same_token(f.name, "Expect")) {
            expected = f.value;
        }
    }
    if (lengths + encodings > 1) return malformed("its length is given more than once");
    if (lengths == 1 && !is_digits(length)) return malformed("Content-Length is no number");
    if (encodings == 1 && version < 11) return malformed("HTTP/1.0 has no Transfer-Encoding");
    if (encodings == 1 && !same_token(encoding, "chunked"))
        return answer({.status = 501,
                       .type = "/problems/unsupported-transfer-encoding",
                       .detail = "the only Transfer-Encoding understood is chunked"});
    if (hosts > 1 || (hosts == 0 && version >= 11)) return malformed("a request has one Host");
    if (expected && !same_token(*expected, "100-continue"))
        return answer({.status = 417,
                       .type = "/problems/expectation-failed",
                       .detail = "the only expectation understood is 100-continue"});
    return std::nullopt;
}

}  // namespace sluice::http
