// Preloaded into a worker: while the file FULL_DISK_WHEN exists, nothing can be written below the folder FULL_DISK_IN.
#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

bool full(int file)
{
    static const char* const when = std::getenv("FULL_DISK_WHEN");
    static const char* const in = std::getenv("FULL_DISK_IN");
    if (when == nullptr || in == nullptr || access(when, F_OK) != 0) return false;
    std::array<char, 4096> name;
    const auto link = "/proc/self/fd/" + std::to_string(file);
    const auto size = readlink(link.c_str(), name.data(), name.size());
    return size > 0 && std::string_view{name.data(), static_cast<std::size_t>(size)}.starts_with(in);
}

template <class Function, class... Args>
ssize_t write_if_room(const char* name, int file, Args... args)
{
    if (full(file)) {
        errno = ENOSPC;
        return -1;
    }
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name))(file, args...);
}

}  // namespace

extern "C" {

ssize_t write(int file, const void* bytes, size_t size)
{
    return write_if_room<decltype(write)>("write", file, bytes, size);
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t at)
{
    return write_if_room<decltype(pwrite)>("pwrite", file, bytes, size, at);
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at)
{
    return write_if_room<decltype(pwrite64)>("pwrite64", file, bytes, size, at);
}
}
