#include "sluice/process/main.hpp"

#include "sluice/base/nearest.hpp"
#include "sluice/process/arguments.hpp"
#include "sluice/process/commands/command.hpp"
#include "sluice/process/usage_error.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <unistd.h>
#include <algorithm>
#include <iostream>

namespace sluice {
namespace {

std::vector<const command*> commands()
{
    return {&run_command(),      &demo_command(),        &roles_command(), &topology_command(), &topics_command(),
            &produce_command(),  &consume_command(),     &lag_command(),   &flows_command(),    &dlq_list_command(),
            &dlq_show_command(), &dlq_redrive_command(), &config_command()};
}

bool is_switch(std::string_view name)
{
    return std::ranges::any_of(commands(), [&](const command* one) {
        const auto found = std::ranges::find(one->options, name, &setting_declaration::key);
        return found != one->options.end() && found->what == setting_declaration::kind::toggle;
    });
}

// By the first word, or the first two.
const command& find_command(const std::vector<std::string>& words)
{
    const auto two = words.size() > 1 ? words[0] + ' ' + words[1] : words[0];
    std::vector<std::string> known, parts;
    for (const auto* one : commands()) {
        if (one->name == words[0] || one->name == two) return *one;
        known.push_back(one->name);
        if (one->name.starts_with(words[0] + ' ')) parts.push_back(one->name.substr(words[0].size() + 1));
    }
    if (parts.empty())
        throw usage_error{fmt::format("there is no command `{}`{}", words[0], did_you_mean(words[0], known))};
    if (words.size() == 1) throw usage_error{fmt::format("{} wants one of {}", words[0], fmt::join(parts, ", "))};
    throw usage_error{fmt::format("{} does not know `{}`{}", words[0], words[1], did_you_mean(words[1], parts))};
}

std::vector<setting_declaration> known_settings(const program& what)
{
    auto known = framework_settings(what.roles);
    known.insert(known.end(), what.settings.begin(), what.settings.end());
    return known;
}

std::string flags(const std::vector<setting_declaration>& settings)
{
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : settings) {
        const auto shown = one.fallback.empty() ? std::string{} : fmt::format(" [{}]", one.fallback);
        rows.push_back({fmt::format("  --{}", one.key), one.help + shown});
    }
    return as_table(rows);
}

std::string help(const program& what)
{
    std::vector<std::vector<std::string>> rows;
    for (const auto* one : commands()) rows.push_back({fmt::format("  {} {}", one->name, one->operands), one->summary});
    return fmt::format(
        "Usage: {} COMMAND [FLAG...]\n\nCommands:\n{}\nSettings, also as SLUICE_DRAIN=... or in a file:\n{}\n"
        "`{} COMMAND --help` tells more of a command.\n",
        what.name, as_table(rows), flags(known_settings(what)), what.name);
}

std::string help(const program& what, const command& one)
{
    auto text = fmt::format("Usage: {} {} {}\n\n{}.\n", what.name, one.name, one.operands, one.summary);
    text[text.find("\n\n") + 2] = static_cast<char>(std::toupper(one.summary[0]));
    if (!one.help.empty()) text += '\n' + one.help + '\n';
    if (!one.options.empty()) text += "\nFlags:\n" + flags(one.options);
    return text + fmt::format("\n`{} --help` lists the settings that every command takes.\n", what.name);
}

std::map<std::string, std::string> environment_variables()
{
    std::map<std::string, std::string> all;
    for (char** one = ::environ; *one; ++one) {
        const std::string_view line{*one};
        const auto equals = std::min(line.find('='), line.size());
        all.emplace(line.substr(0, equals), line.substr(std::min(equals + 1, line.size())));
    }
    return all;
}

int perform(std::span<const char* const> texts, const program& what)
{
    check(what.roles);
    const auto given = parse_arguments(texts, is_switch);
    if (given.version) {
        std::cout << fmt::format("{} {}\n", what.name, what.version);
        return 0;
    }
    if (given.words.empty()) {
        (given.help ? std::cout : std::cerr) << help(what);
        return given.help ? 0 : 2;
    }
    const auto& chosen = find_command(given.words);
    if (given.help) {
        std::cout << help(what, chosen);
        return 0;
    }
    std::vector<std::string> operands{given.words.begin() + 1 + std::ranges::count(chosen.name, ' '),
                                      given.words.end()};
    if (operands.size() < chosen.least) throw usage_error{fmt::format("{} wants {}", chosen.name, chosen.operands)};
    if (operands.size() > chosen.most)
        throw usage_error{fmt::format("{} does not know what to do with `{}`", chosen.name, operands[chosen.most])};
    environment process{what.name, what.roles,
                        settings{{.known = known_settings(what),
                                  .options = chosen.options,
                                  .flags = given.flags,
                                  .environment = environment_variables()}}};
    invocation call{what, process, std::move(operands)};
    return chosen.run(call);
}

}  // namespace

int main(int argc, const char* const* argv, const program& what)
{
    try {
        return perform({argv + std::min(argc, 1), argv + argc}, what);
    } catch (const usage_error& wrong) {
        std::cerr << fmt::format("{}: {}\n", what.name, wrong.what());
        return 2;
    } catch (const std::exception& bad) {
        std::cerr << fmt::format("{}: {}\n", what.name, bad.what());
        return 1;
    }
}

}  // namespace sluice
