#include "sluice/testing/temporary_folder.hpp"

#include "sluice/record/record_id.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace sluice::testing {

std::filesystem::path make_temporary_folder(std::string_view purpose)
{
    const auto name = "sluice-" + std::string{purpose} + '-' + record_id::random().text();
    auto path = std::filesystem::temp_directory_path() / name;
    if (mkdir(path.c_str(), S_IRWXU) != 0)
        throw std::runtime_error{path.string() + ": " + std::generic_category().message(errno)};
    return path;
}

}  // namespace sluice::testing
