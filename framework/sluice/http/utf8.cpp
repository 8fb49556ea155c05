#include "sluice/http/utf8.hpp"

#include <boost/locale/utf.hpp>

namespace sluice::http {
namespace {

using utf8 = boost::locale::utf::utf_traits<char>;  // header-only

// Whether a character starts at `at`, which is moved behind it.
bool decode(const char*& at, const char* end, boost::locale::utf::code_point& point)
{
    point = utf8::decode(at, end);
    return boost::locale::utf::is_valid_codepoint(point);
}

}  // namespace

bool is_text(std::string_view text) noexcept
{
    boost::locale::utf::code_point point{};
    for (auto at = text.data(), end = at + text.size(); at != end;)
        if (!decode(at, end, point) || point == 0) return false;
    return true;
}

std::string to_utf8(std::string text)
{
    std::string clean;
    boost::locale::utf::code_point point{};
    for (const char *at = text.data(), *end = at + text.size(); at != end;) {
        const auto start = at;
        if (decode(at, end, point)) {
            clean.append(start, at);
        } else {
            clean.append("\xEF\xBF\xBD");
            at = start + 1;
        }
    }
    return clean;
}

}  // namespace sluice::http
