#include "orders/mail_text.hpp"

#include "sluice/base/base64.hpp"
#include "sluice/http/utf8.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>

namespace orders {

using namespace sluice;

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

bool is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

bool continues_a_character(char c)
{
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

void append_encoded(std::string& to, char c)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    to += '=';
    to += digits[byte >> 4];
    to += digits[byte & 15];
}

}  // namespace

std::string one_line(std::string_view text)
{
    std::string line;
    const auto whole = http::to_utf8(std::string{text});
    for (std::size_t i = 0; i < whole.size(); ++i) {
        const std::string_view rest{whole.data() + i, whole.size() - i};
        const bool c1 = rest.starts_with('\xC2') && rest.size() > 1 && static_cast<unsigned char>(rest[1]) < 0xA0;
        const bool separator = rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9");
        if (static_cast<unsigned char>(rest[0]) < 0x20 || rest[0] == 0x7F || c1 || separator) {
            line += replacement;
            i += separator ? 2 : c1 ? 1 : 0;
        } else {
            line += rest[0];
        }
    }
    return line;
}

std::string header_text(std::string_view line)
{
    constexpr std::size_t longest_plain = 60;
    constexpr std::size_t word_bytes = 45;  // 60 characters of base64, in a word of 75 at most
    const bool spaced = line.starts_with(' ') || line.ends_with(' ');
    if (line.size() <= longest_plain && std::ranges::all_of(line, is_printable) && !spaced &&
        line.find("=?") == line.npos)
        return std::string{line};
    std::string words;
    while (!line.empty()) {
        auto size = std::min(word_bytes, line.size());
        while (size < line.size() && continues_a_character(line[size])) --size;
        if (!words.empty()) words += "\r\n ";
        words += "=?UTF-8?B?";
        append_base64(words, line.substr(0, size));
        words += "?=";
        line.remove_prefix(size);
    }
    return words;
}

std::string quoted_printable(std::string_view text)
{
    constexpr std::size_t longest = 75;  // and the `=` of a soft line break
    std::string encoded;
    std::size_t column = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n') {
            encoded += "\r\n";
            column = 0;
            continue;
        }
        const bool last = i + 1 == text.size() || text[i + 1] == '\n';
        const bool as_it_is = is_printable(text[i]) && text[i] != '=' && !(text[i] == ' ' && last);
        const std::size_t width = as_it_is ? 1 : 3;
        if (column + width > longest) {
            encoded += "=\r\n";
            column = 0;
        }
        if (as_it_is)
            encoded += text[i];
        else
            append_encoded(encoded, text[i]);
        column += width;
    }
    return encoded;
}

std::string html_escaped(std::string_view text)
{
    std::string escaped;
    for (const char c : text) {
        switch (c) {
            case '&': escaped += "&amp;"; break;
            case '<': escaped += "&lt;"; break;
            case '>': escaped += "&gt;"; break;
            case '"': escaped += "&quot;"; break;
            case '\'': escaped += "&#39;"; break;
            default: escaped += c;
        }
    }
    return escaped;
}

std::string mail_date(timestamp when)
{
    using namespace std::chrono;
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = floor<std::chrono::days>(when);
    const year_month_day date{day};
    const hh_mm_ss time{floor<seconds>(when - day)};
    return fmt::format("{}, {} {} {:04} {:02}:{:02}:{:02} +0000", days[weekday{day}.c_encoding()],
                       static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                       static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                       time.seconds().count());
}

}  // namespace orders
