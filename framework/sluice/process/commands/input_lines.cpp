#include "sluice/process/commands/input_lines.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <system_error>

namespace sluice {
namespace {

// Blocks until there is some input; empty at its end, or when asked to stop.
std::string read_some(const std::stop_token& stop)
{
    std::array<char, 65536> buffer;
    while (!stop.stop_requested()) {
        pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
        if (::poll(&input, 1, 100) <= 0) continue;
        const auto size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (size >= 0) return {buffer.data(), static_cast<std::size_t>(size)};
        if (errno != EINTR && errno != EAGAIN)
            throw std::system_error{errno, std::generic_category(), "standard input"};
    }
    return {};
}

}  // namespace

awaitable<std::vector<std::string>> input_lines::next(cancellation_token stop)
{
    std::vector<std::string> lines;
    while (lines.empty()) {
        const auto read = [asked = stop.stop_token()](const std::stop_token&) { return read_some(asked); };
        const auto more = co_await pool_.run(read);
        if (more.empty()) {
            if (!rest_.empty() && !stop.cancelled()) lines.push_back(std::exchange(rest_, {}));
            break;
        }
        rest_ += more;
        std::size_t start = 0;
        for (auto end = rest_.find('\n'); end != rest_.npos; end = rest_.find('\n', start)) {
            lines.push_back(rest_.substr(start, end - start));
            start = end + 1;
        }
        rest_.erase(0, start);
    }
    co_return lines;
}

}  // namespace sluice
