#include "sluice/base/json_text.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace sluice {
namespace {

constexpr std::string_view hex = "0123456789abcdef";

constexpr unsigned char byte(char c)
{
    return static_cast<unsigned char>(c);
}

/// The bytes that a JSON string holds as they are.
constexpr auto plain = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0x20; c < 0x80; ++c) table[c] = c != '"' && c != '\\';
    return table;
}();

/// Eight at once: whether each of them is plain.
bool all_plain(const char* eight)
{
    constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x80 * ones;
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, eight, sizeof bytes);
    const auto below = [&](std::uint64_t value, std::uint64_t least) {
        return (value - least * ones) & ~value & highs;
    };
    return ((bytes & highs) | below(bytes, 0x20) | below(bytes ^ ('"' * ones), 1) | below(bytes ^ ('\\' * ones), 1)) ==
           0;
}

void append_escaped(std::string& to, char c)
{
    switch (c) {
        case '"': to += "\\\""; break;
        case '\\': to += "\\\\"; break;
        case '\n': to += "\\n"; break;
        case '\r': to += "\\r"; break;
        case '\t': to += "\\t"; break;
        default: to.append("\\u00").append(1, hex[byte(c) >> 4]).append(1, hex[byte(c) & 15]);
    }
}

/// C0, DEL, and C1, which starts terminal sequences too.
bool is_control(std::string_view sequence)
{
    if (sequence.size() == 1) return byte(sequence[0]) < 0x20 || sequence[0] == 0x7f;
    return sequence.size() == 2 && byte(sequence[0]) == 0xc2 && byte(sequence[1]) < 0xa0;
}

}  // namespace

std::size_t utf8_sequence(std::string_view text) noexcept
{
    // The well-formed sequences of Unicode, table 3-7: the second byte's range depends on the first.
    if (text.empty()) return 0;
    const unsigned char first = byte(text[0]);
    if (first < 0x80) return 1;
    const std::size_t length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (length == 0 || text.size() < length) return 0;
    const unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (byte(text[1]) < low || byte(text[1]) > high) return 0;
    for (const char c : text.substr(2, length - 2))
        if ((byte(c) & 0xc0) != 0x80) return 0;
    return length;
}

void append_json_string(std::string& to, std::string_view text)
{
    to += '"';
    std::size_t done = 0, at = 0;
    while (at < text.size()) {
        if (text.size() - at >= 8 && all_plain(text.data() + at)) {
            at += 8;
            continue;
        }
        if (plain[byte(text[at])]) {
            ++at;
            continue;
        }
        if (byte(text[at]) >= 0x80) {
            if (const auto length = utf8_sequence(text.substr(at))) {
                at += length;
                continue;
            }
        }
        to.append(text, done, at - done);
        if (byte(text[at]) >= 0x80)
            to += "\uFFFD";
        else
            append_escaped(to, text[at]);
        done = ++at;
    }
    to.append(text, done).append(1, '"');
}

std::string printable(std::string_view text, std::size_t most)
{
    std::string out;
    while (!text.empty()) {
        if (out.size() >= most) return out + "…";
        const auto length = utf8_sequence(text);
        if (length > 0 && !is_control(text.substr(0, length))) {
            out += text.substr(0, length);
        } else {
            for (const char c : text.substr(0, length ? length : 1))
                out.append("\\x").append(1, hex[byte(c) >> 4]).append(1, hex[byte(c) & 15]);
        }
        text.remove_prefix(length ? length : 1);
    }
    return out;
}

}  // namespace sluice
