#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// A command line taken apart, before anybody knows what it means.
struct arguments {
    std::vector<std::string> words;                          ///< the command and its operands
    std::vector<std::pair<std::string, std::string>> flags;  ///< names without their dashes, in order
    bool help = false;
};

/// `--name value`, `--name=value`, `--switch`, `-h`, words anywhere, and only words behind `--`. A value that
/// begins with two dashes needs the `=`. Throws `usage_error`.
arguments parse_arguments(std::span<const char* const> texts,
                          const std::function<bool(std::string_view name)>& is_switch);

}  // namespace sluice
