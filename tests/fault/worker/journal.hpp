#pragma once

#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>

namespace fault {

/// What a worker did, a JSON object a line, with the machine's monotonic time in nanoseconds. A line is in the file
/// when `write` returns, so a worker that is killed afterwards has said it.
class journal {
public:
    explicit journal(const std::filesystem::path& file)
        : handle_{open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)}
    {
        if (handle_ < 0) throw std::system_error{errno, std::system_category(), file.string()};
    }
    journal(const journal&) = delete;
    journal& operator=(const journal&) = delete;
    ~journal() { close(handle_); }

    /// `members`: the rest of the object, as JSON.
    template <class... Args>
    void write(fmt::format_string<Args...> members, Args&&... args)
    {
        line_.clear();
        fmt::format_to(std::back_inserter(line_), R"({{"t":{},)",
                       std::chrono::steady_clock::now().time_since_epoch().count());
        fmt::format_to(std::back_inserter(line_), members, std::forward<Args>(args)...);
        line_ += "}\n";
        if (::write(handle_, line_.data(), line_.size()) != static_cast<ssize_t>(line_.size()))
            throw std::system_error{errno, std::system_category(), "the journal"};
    }

private:
    int handle_;
    std::string line_;
};

}  // namespace fault
