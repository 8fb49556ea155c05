#include "sluice/store/postgres_words.hpp"

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace sluice::store {
namespace {

// The object ids of PostgreSQL's built-in types never change (pg_type.dat).
constexpr unsigned bool_type = 16, bytea_type = 17, int8_type = 20, int2_type = 21, int4_type = 23, text_type = 25,
                   numeric_type = 1700;

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// Where what starts at `from` with a quotation mark, or as a comment, ends; else `from`.
std::size_t end_of_quoted(std::string_view sql, std::size_t from)
{
    const auto past = [&](std::string_view mark, std::size_t begin) {
        const auto found = sql.find(mark, begin);
        return found == sql.npos ? sql.size() : found + mark.size();
    };
    if (sql[from] == '\'' || sql[from] == '"') return past(sql.substr(from, 1), from + 1);
    if (sql.substr(from, 2) == "--") return past("\n", from);
    if (sql.substr(from, 2) == "/*") return past("*/", from + 2);
    return from;
}

int nibble(char c)
{
    return is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

std::string from_hex(std::string_view text)
{
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 2; i + 1 < text.size(); i += 2)
        bytes.push_back(static_cast<char>(nibble(text[i]) * 16 + nibble(text[i + 1])));
    return bytes;
}

}  // namespace

std::string numbered(std::string_view sql)
{
    std::string text;
    text.reserve(sql.size());
    for (std::size_t at = 0; at < sql.size();) {
        const auto end = end_of_quoted(sql, at);
        if (end != at) {
            text.append(sql.substr(at, end - at));
            at = end;
        } else {
            text.push_back(sql[at] == '?' && at + 1 < sql.size() && is_digit(sql[at + 1]) ? '$' : sql[at]);
            ++at;
        }
    }
    return text;
}

postgres_parameters::postgres_parameters(const std::vector<sql_value>& values)
{
    const auto add = [&](char letter, unsigned type, const char* bytes, std::size_t size, bool binary) {
        signature.push_back(letter);
        types.push_back(type);
        texts.push_back(bytes);
        lengths.push_back(static_cast<int>(size));
        formats.push_back(binary ? 1 : 0);
    };
    for (const auto& value : values) {
        if (const auto* number = std::get_if<std::int64_t>(&value)) {
            auto& bytes = numbers_.emplace_back();
            const auto big = boost::endian::native_to_big(*number);
            std::memcpy(bytes.data(), &big, sizeof big);
            add('i', int8_type, bytes.data(), bytes.size(), true);
        } else if (const auto* text = std::get_if<std::string>(&value)) {
            add('t', text_type, text->c_str(), text->size(), false);
        } else if (const auto* bytes = std::get_if<blob>(&value)) {
            add('b', bytea_type, bytes->bytes.data(), bytes->bytes.size(), true);
        } else {
            add('n', 0, nullptr, 0, false);
        }
    }
}

sql_value decoded(unsigned type, std::string_view text)
{
    switch (type) {
        case bool_type: return std::int64_t{text == "t"};
        case bytea_type: return blob{from_hex(text)};
        case int2_type:
        case int4_type:
        case int8_type:
        case numeric_type: {  // what the sum of bigints is
            std::int64_t number = 0;
            const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
            if (code == std::errc{} && end == text.data() + text.size()) return number;
            return std::string{text};
        }
        default: return std::string{text};
    }
}

// PostgreSQL, appendix A: the first two characters are the class.
postgres_class class_of_state(std::string_view state)
{
    struct row {
        std::string_view prefix;
        postgres_class what;
    };
    static constexpr row rows[] = {
        {"23505", {errc::already_exists}},
        {"40001", {errc::unavailable, true}},        // serialization failure
        {"40P01", {errc::unavailable, true}},        // deadlock
        {"55P03", {errc::unavailable, true}},        // lock not available
        {"26000", {errc::unavailable, true, true}},  // a prepared statement that is gone
        {"57014", {errc::timed_out}},                // statement timeout
        {"25P03", {errc::timed_out, false, true}},   // idle in transaction
        {"57P", {errc::unavailable, true, true}},    // shutdown, crash of another backend, starting up
        {"08P01", {errc::invalid}},                  // e.g. too few parameters
        {"08", {errc::unavailable, true, true}},     // connection
        {"53300", {errc::unavailable, false, true, "raise the server's max_connections, or use fewer connections"}},
        {"53100", {errc::unavailable, false, false, "make room on the server's disk"}},
        {"53", {errc::unavailable}},  // out of resources
        {"58", {errc::unavailable, false, false, "look into the server's log"}},
        {"28", {errc::unavailable, false, true, "check the user and the password in postgres.url"}},
        {"3D000", {errc::unavailable, false, true, "create the database, or check its name in postgres.url"}},
        {"42501", {errc::unavailable, false, false, "grant the user what it needs"}},
        {"XX001", {errc::corrupt, false, false, "restore the database from a backup"}},
        {"XX002", {errc::corrupt, false, false, "run reindex"}},
        {"XX", {errc::unavailable, false, false, "look into the server's log"}},
    };
    const auto found = std::ranges::find_if(rows, [&](const row& one) { return state.starts_with(one.prefix); });
    return found == std::end(rows) ? postgres_class{} : found->what;
}

}  // namespace sluice::store
