#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

/// A number that a test may be given by the environment, to run it longer, or again.
std::uint64_t given(const char* name, std::uint64_t otherwise);
/// TEST_FAULT_SEED, else a random one; printed.
std::uint64_t seed_of_run();

/// What a run leaves: kept, and its place printed, when its test failed.
class evidence {
public:
    evidence();
    evidence(const evidence&) = delete;
    evidence& operator=(const evidence&) = delete;
    ~evidence();
    [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
    int throwing_;
};
