#include "sluice/process/commands/record_text.hpp"

#include "sluice/base/base64.hpp"
#include "sluice/base/json_text.hpp"
#include "sluice/base/rfc3339.hpp"

#include <spdlog/fmt/fmt.h>

namespace sluice {
namespace {

bool is_utf8(std::string_view text)
{
    while (!text.empty()) {
        const auto length = utf8_sequence(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

}  // namespace

void append_json_member(std::string& to, std::string_view name, std::optional<std::string_view> bytes)
{
    append_json_string(to, name);
    to += ':';
    if (!bytes) {
        to += "null";
        return;
    }
    append_json_string(to, *bytes);
    if (is_utf8(*bytes)) return;
    to += ',';
    append_json_string(to, std::string{name} + "_base64");
    to += ":\"";
    append_base64(to, *bytes);
    to += '"';
}

void append_record_json(std::string& to, const record& what)
{
    to += fmt::format(R"("partition":{},"offset":{},"time":"{}",)", what.partition(), what.offset(),
                      to_rfc3339(what.time()));
    append_json_member(to, "key", what.key());
    to += R"(,"headers":[)";
    const char* separator = "{";
    for (const auto& [name, value] : what.headers()) {
        to += std::exchange(separator, ",{");
        append_json_member(to, "name", name);
        to += ',';
        append_json_member(to, "value", value);
        to += '}';
    }
    to += "],";
    append_json_member(to, "value", what.value());
}

std::string shown(std::optional<std::string_view> bytes)
{
    return bytes ? printable(*bytes, 1 << 20) : "(null)";
}

std::string record_line(const record& what)
{
    std::string headers;
    for (const auto& [name, value] : what.headers())
        headers += fmt::format("{}{}={}", headers.empty() ? "  " : " ", printable(name), shown(value));
    return fmt::format("{}/{}  {}  {}  {}{}", what.partition(), what.offset(), to_rfc3339(what.time()),
                       shown(what.key()), shown(what.value()), headers);
}

}  // namespace sluice
