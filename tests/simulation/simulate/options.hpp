#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

namespace sluice::testing {

struct simulate_options {
    std::uint64_t seed = 1;      ///< the first
    std::uint64_t seeds = 1000;  ///< 1 where only `--seed` is given
    std::uint64_t failures = 1;  ///< after so many it ends
    bool trace = false;          ///< whole histories
    bool shrink = true;
    std::string command = "./dev simulate";  ///< as a person would call it again
};

class bad_option : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What the command line asks for; none: for help, which it has printed. Throws `bad_option`.
std::optional<simulate_options> parse_simulate_options(std::span<const char* const> arguments);

}  // namespace sluice::testing
