#pragma once

#include <filesystem>
#include <string_view>

namespace sluice::testing {

/// Makes an empty folder for temporary files, which only this user may enter; its name tells what it is for. Throws
/// std::runtime_error if it cannot.
std::filesystem::path make_temporary_folder(std::string_view purpose);

/// An empty folder that goes with this object.
class temporary_folder {
public:
    temporary_folder() : temporary_folder{"test"} {}
    explicit temporary_folder(std::string_view purpose) : path_{make_temporary_folder(purpose)} {}
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

}  // namespace sluice::testing
