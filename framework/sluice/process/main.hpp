#pragma once

#include "sluice/base/async.hpp"
#include "sluice/process/demo.hpp"
#include "sluice/process/role.hpp"
#include "sluice/process/role_table.hpp"
#include "sluice/process/settings.hpp"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace sluice {

/// What a program built on the framework is.
struct program {
    std::string name;
    std::span<const role_entry> roles;
    /// What the command `demo` runs beside the roles: load, and a verdict. Empty: the roles just run.
    std::function<awaitable<>(demo&)> demo = {};
    /// Settings of its own, so that an unknown one is an error.
    std::vector<setting_declaration> settings = {};
    /// What `--version` prints.
    std::string version = "(no version)";
};

/// Does what the command line says: `run`, `roles`, `demo`, `topics`, `topology`, `produce`, `consume`, `lag`,
/// `dlq list|show|redrive`, `config`; `--help` tells more. Returns the exit status: 0 all went well, 1 it failed, 2 the
/// command line or a setting is wrong, 3 something was left undone when the process was asked to end.
int main(int argc, const char* const* argv, const program& what);

}  // namespace sluice
