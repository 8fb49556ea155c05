#pragma once

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace sluice::bench {

/// A command line that cannot be followed; it says why.
struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct options {
    std::vector<std::string> names;  ///< of figures, or how they begin; none: all
    std::filesystem::path json, plot;
    int rounds = 5;
    bool list = false, help = false;
    std::string bootstrap;
    std::filesystem::path folder = "build/bench", jars;
};

/// Throws `usage_error`, which suggests what was most likely meant.
options read_options(int argc, const char* const* argv);

/// What `--help` prints.
std::string help_text();

}  // namespace sluice::bench
