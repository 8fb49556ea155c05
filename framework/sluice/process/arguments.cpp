#include "sluice/process/arguments.hpp"

#include "sluice/process/usage_error.hpp"

#include <spdlog/fmt/fmt.h>

namespace sluice {

arguments parse_arguments(std::span<const char* const> texts,
                          const std::function<bool(std::string_view name)>& is_switch)
{
    arguments parsed;
    bool only_words = false;
    for (auto text = texts.begin(); text != texts.end(); ++text) {
        const std::string_view part = *text;
        if (only_words || part.size() < 2 || part.front() != '-') {
            parsed.words.emplace_back(part);
        } else if (part == "--") {
            only_words = true;
        } else if (part == "--help" || part == "-h") {
            parsed.help = true;
        } else if (part == "--version") {
            parsed.version = true;
        } else if (!part.starts_with("--")) {
            throw usage_error{fmt::format("unknown flag `{}`", part)};
        } else if (const auto equals = part.find('='); equals != part.npos) {
            parsed.flags.emplace_back(part.substr(2, equals - 2), std::string{part.substr(equals + 1)});
        } else if (is_switch(part.substr(2))) {
            parsed.flags.emplace_back(part.substr(2), "true");
        } else if (const auto value = std::next(text);
                   value == texts.end() || std::string_view{*value}.starts_with("--")) {
            parsed.flags.emplace_back(part.substr(2), std::nullopt);
        } else {
            parsed.flags.emplace_back(part.substr(2), *value);
            text = value;
        }
    }
    return parsed;
}

}  // namespace sluice
