#pragma once

#include "sluice/process/role_table.hpp"
#include "sluice/process/settings.hpp"

#include <string>
#include <string_view>

namespace sluice {

/// The map that a role table is, as a Mermaid flowchart: routes, roles, topics and groups.
std::string topology_mermaid(role_table table);

/// The same as JSON: `{"roles":[…],"topics":[…]}`. The ports are those of the settings: in a process that runs, where
/// it listens.
std::string topology_json(role_table table, const settings& given);

/// The same as an AsyncAPI 3.0 document: topics are channels, reading and writing are operations.
std::string topology_asyncapi(role_table table, std::string_view title, std::string_view bootstrap_servers);

}  // namespace sluice
