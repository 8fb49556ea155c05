#include "sluice/process/commands/command.hpp"

#include <spdlog/fmt/fmt.h>

#include <iostream>

namespace sluice {
namespace {

std::string names(const topic_references& topics)
{
    std::string text;
    for (const auto& topic : topics) text += (text.empty() ? "" : ", ") + topic->name();
    return text;
}

int run(invocation& call)
{
    for (const auto& role : call.what.roles) {
        std::cout << fmt::format("{}: {}\n", role.name, role.summary);
        for (const auto& input : role.inputs)
            std::cout << fmt::format("    reads  {} (group {})\n", names(input.topics), input.group);
        if (!role.outputs.empty()) std::cout << fmt::format("    writes {}\n", names(role.outputs));
        if (!role.http) continue;
        const auto port = call.process.settings.get<std::uint16_t>(role.name + ".http.port");
        for (const auto& route : role.http->routes) std::cout << fmt::format("    serves {} (port {})\n", route, port);
    }
    return 0;
}

}  // namespace

const command& roles_command()
{
    static const command it{
        .name = "roles", .operands = "", .summary = "list the roles and what they read, write and serve", .run = run};
    return it;
}

}  // namespace sluice
