#include "sluice/process/commands/command.hpp"

#include <dlfcn.h>

#include <filesystem>
#include <iostream>

namespace sluice {
namespace {

// Which malloc is in force was decided by the linker and the loader, so ask them: the file that it comes from.
std::string malloc_in_force()
{
    Dl_info where{};
    void* const symbol = dlsym(RTLD_DEFAULT, "malloc");
    if (!symbol || dladdr(symbol, &where) == 0) return "unknown";
    return std::filesystem::path{where.dli_fname}.filename().string();
}

int run(invocation& call)
{
    std::vector<std::vector<std::string>> rows{{"SETTING", "VALUE", "FROM"}};
    for (auto& one : call.process.settings.all()) rows.push_back({one.key, one.text, one.from});
    std::cout << as_table(rows) << "\nmalloc: " << malloc_in_force() << '\n';
    return 0;
}

}  // namespace

const command& config_command()
{
    static const command it{.name = "config",
                            .operands = "",
                            .summary = "show the effective settings, and where each comes from",
                            .run = run};
    return it;
}

}  // namespace sluice
