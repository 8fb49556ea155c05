#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace house {

struct source {
    std::string path;  ///< from the root of the repository, e.g. framework/sluice/flow/flow.hpp
    std::vector<std::string> lines;
};

/// All C++ files below a folder of the repository.
std::vector<source> sources(const std::filesystem::path& root, const std::string& folder);

/// What a file does that its place forbids, each as "path:line: what".
std::vector<std::string> violations(const source& file);

}  // namespace house
