#pragma once

#include "sluice/process/environment.hpp"
#include "sluice/process/main.hpp"

#include <span>
#include <string>
#include <vector>

namespace sluice {

/// What a command works with.
struct invocation {
    const program& what;
    environment& process;
    std::vector<std::string> operands;
};

/// A command of `sluice::main`.
struct command {
    std::string name;      ///< one word, or two: `dlq list`
    std::string operands;  ///< as the usage shows them: `ROLE...`
    std::string summary;
    std::string help = {};  ///< more than the summary says
    std::vector<setting_declaration> options = {};
    std::size_t least = 0, most = 0;    ///< operands
    int (*run)(invocation&) = nullptr;  ///< returns the exit status
};

const command& run_command();
const command& roles_command();
const command& demo_command();
const command& topics_command();
const command& topology_command();
const command& produce_command();
const command& consume_command();
const command& lag_command();
const command& flows_command();
const command& config_command();
const command& dlq_list_command();
const command& dlq_show_command();
const command& dlq_redrive_command();

/// Rows as columns, for people; the first row is the head.
std::string as_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace sluice
