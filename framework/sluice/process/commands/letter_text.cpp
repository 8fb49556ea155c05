#include "sluice/process/commands/letter_text.hpp"

#include "sluice/base/json_text.hpp"
#include "sluice/base/rfc3339.hpp"
#include "sluice/process/commands/record_text.hpp"
#include "sluice/record/record_id.hpp"

#include <spdlog/fmt/fmt.h>

namespace sluice {
namespace {

template <class Number>
std::string or_dash(const std::optional<Number>& number)
{
    return number ? std::to_string(*number) : "-";
}

std::string why(const provenance& from)
{
    std::string text = from.reason.empty() ? "-" : printable(from.reason, 100);
    if (from.attempts) text += fmt::format(", after {} attempt{}", *from.attempts, *from.attempts == 1 ? "" : "s");
    if (from.first_failure) text += ", first at " + to_rfc3339(*from.first_failure);
    if (from.redrives > 0) text += fmt::format(", redriven {} time{}", from.redrives, from.redrives == 1 ? "" : "s");
    return text;
}

}  // namespace

std::string source_text(const provenance& from)
{
    if (from.topic.empty()) return "-";
    return fmt::format("{}/{}/{}", from.topic, or_dash(from.partition), or_dash(from.offset));
}

std::string letter_text(const record& letter, const provenance& from)
{
    std::string text =
        fmt::format("{}/{}/{}  {}\n", letter.topic(), letter.partition(), letter.offset(), to_rfc3339(letter.time()));
    const auto line = [&text](std::string_view name, std::string_view content) {
        text += fmt::format("  {:<8} {}\n", name, content);
    };
    line("from", from.time ? source_text(from) + ", " + to_rfc3339(*from.time) : source_text(from));
    std::string by{to_string(from.maker)};
    if (!from.group.empty()) by += ", group " + printable(from.group, 249);
    if (!from.handler.empty()) by += ", handler " + printable(from.handler, 249);
    line("by", by);
    line("reason", why(from));
    if (!from.error_type.empty() || !from.error.empty())
        line("error", printable(from.error_type, 249) + ": " + printable(from.error, 1 << 20));
    line("id", printable(record_id::of(letter).text(), 249));
    line("key", shown(letter.key()));
    std::string_view label = "headers";
    for (const auto& [name, value] : letter.headers())
        line(std::exchange(label, ""), printable(name, 249) + "=" + shown(value));
    line("value", shown(letter.value()));
    return text;
}

std::string letter_json(const record& letter, const provenance& from)
{
    std::string line = R"({"topic":)";
    append_json_string(line, letter.topic());
    line += R"(,"provenance":{)";
    const std::pair<std::string_view, std::string_view> texts[]{
        {"by", to_string(from.maker)}, {"topic", from.topic},   {"group", from.group},
        {"handler", from.handler},     {"reason", from.reason}, {"error_class", from.error_type},
        {"error", from.error}};
    for (const auto& [name, text] : texts) {
        append_json_member(line, name, text.empty() ? std::nullopt : std::optional{text});
        line += ',';
    }
    const auto number = [&line](std::string_view name, const auto& value) {
        line += fmt::format(R"("{}":{},)", name, value ? std::to_string(*value) : "null");
    };
    const auto time = [&line](std::string_view name, const std::optional<timestamp>& value) {
        line += fmt::format(R"("{}":{},)", name, value ? '"' + to_rfc3339(*value) + '"' : "null");
    };
    number("partition", from.partition);
    number("offset", from.offset);
    time("time", from.time);
    number("attempts", from.attempts);
    time("first_failure", from.first_failure);
    line += fmt::format(R"("redrives":{}}},)", from.redrives);
    append_json_member(line, "id", record_id::of(letter).text());
    line += ',';
    append_record_json(line, letter);
    return line + '}';
}

}  // namespace sluice
