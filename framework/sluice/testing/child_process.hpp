#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/clock.hpp"
#include "sluice/base/scope.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sluice::testing {

/// A program that a test runs, in a process group of its own. It ends with this object (SIGKILL), and with the
/// thread that started it, however that dies. Used on its executor's thread, which must not block.
class child_process {
public:
    struct settings {
        std::vector<std::string> command;                     ///< the program (searched in PATH) and its arguments
        std::filesystem::path output = "/dev/null";           ///< takes what it prints on both streams, appended
        std::map<std::string, std::string> environment = {};  ///< on top of ours without SLUICE_*
    };

    /// Starts the program; throws std::system_error if no process can be made. A program that cannot be executed
    /// ends with status 127.
    child_process(const asio::any_io_executor& executor, settings what);
    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;
    ~child_process();

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// Sends a signal to the whole group. Nothing happens if the program has been waited for.
    void signal(int number) noexcept;

    /// Waits for the end and returns the status as a shell does: 128 + the signal that killed it. May be called
    /// again. Cancellation ends the wait, not the program.
    awaitable<int> wait();
    /// Waits until a line of the output holds `text`, and returns the line; throws std::runtime_error, with the last
    /// line, if the program ends first. The output must be a file.
    awaitable<std::string> says(std::string text);
    /// SIGTERM, and SIGKILL where that does not end it within `grace`. Waits for the end; returns the status.
    awaitable<int> stop(duration grace = std::chrono::seconds{10});

private:
    awaitable<> find(const std::string& text, std::string& line, scope& both);
    awaitable<> find_at_end(const std::string& text, std::string& line, scope& both);

    settings what_;
    std::uintmax_t output_start_ = 0;
    pid_t pid_ = -1;
    asio::posix::stream_descriptor ended_;
    std::optional<int> status_;
};

/// A TCP port of 127.0.0.1 that is free now. Another program may take it before it is used.
unsigned short free_port();

}  // namespace sluice::testing
