#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

/// All bytes of a file; nothing where there is none.
inline std::string content(const std::filesystem::path& file)
{
    std::ifstream text{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{text}, {}};
}
