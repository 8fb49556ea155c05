#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// Names without their dashes, in order; without a value where one is missing, which is only an error once it is
/// known that there is such a flag.
using given_flags = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// A command line taken apart, before anybody knows what it means.
struct arguments {
    std::vector<std::string> words;  ///< the command and its operands
    given_flags flags;
    bool help = false, version = false;
};

/// `--name value`, `--name=value`, `--switch`, `-h`, words anywhere, and only words behind `--`. A value that
/// begins with two dashes needs the `=`. Throws `usage_error`.
arguments parse_arguments(std::span<const char* const> texts,
                          const std::function<bool(std::string_view name)>& is_switch);

}  // namespace sluice
