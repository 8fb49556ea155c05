#include "sluice/process/topology.hpp"

#include "sluice/process/commands/command.hpp"

#include <iostream>

namespace sluice {
namespace {

int run(invocation& call)
{
    const auto& settings = call.process.settings;
    const auto format = settings.get<std::string>("format");
    if (format == "mermaid")
        std::cout << topology_mermaid(call.what.roles);
    else if (format == "json")
        std::cout << topology_json(call.what.roles, settings) << '\n';
    else if (format == "asyncapi")
        std::cout << topology_asyncapi(call.what.roles, call.what.name,
                                       settings.get<std::string>("kafka.bootstrap.servers"))
                  << '\n';
    else
        settings.reject("format", "mermaid, asyncapi or json");
    return 0;
}

}  // namespace

const command& topology_command()
{
    static const command it{.name = "topology",
                            .operands = "",
                            .summary = "draw the map of roles and topics",
                            .options = {{"format", "mermaid", "mermaid, asyncapi (3.0, as JSON) or json"}},
                            .run = run};
    return it;
}

}  // namespace sluice
