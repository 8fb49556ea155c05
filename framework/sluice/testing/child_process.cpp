#include "sluice/testing/child_process.hpp"

#include "sluice/base/scope.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <system_error>

namespace sluice::testing {
namespace {

int checked(int returned, const char* what)
{
    if (returned < 0) throw std::system_error{errno, std::system_category(), what};
    return returned;
}

std::vector<char*> pointers(std::vector<std::string>& strings)
{
    std::vector<char*> all;
    for (auto& string : strings) all.push_back(string.data());
    all.push_back(nullptr);
    return all;
}

/// Ours, but for the settings that the user of this terminal has for programs of the framework.
std::vector<std::string> environment_with(std::map<std::string, std::string> variables)
{
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text{*entry};
        const auto equals = text.find('=');
        if (equals != std::string::npos && !text.starts_with("SLUICE_"))
            variables.try_emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    std::vector<std::string> lines;
    for (const auto& [name, value] : variables) lines.push_back(name + "=" + value);
    return lines;
}

/// Between fork and exec: only system calls, since other threads may have held any lock.
[[noreturn]] void become(char* const* arguments, char* const* environment, int output, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    syscall(SYS_close_range, 3U, ~0U, 0U);  // Asio's sockets would be inherited
    execvpe(arguments[0], arguments, environment);
    _exit(127);
}

/// The lines that a file gets, as they are written.
class follower {
public:
    follower(const asio::any_io_executor& executor, const std::filesystem::path& file, std::uintmax_t from)
        : file_{file},
          changed_{executor, checked(inotify_init1(IN_CLOEXEC | IN_NONBLOCK), "inotify_init1")}
    {
        checked(inotify_add_watch(changed_.native_handle(), file.c_str(), IN_MODIFY), "inotify_add_watch");
        file_.seekg(static_cast<std::streamoff>(from));
    }

    /// The next whole line. Cancellation ends the wait.
    awaitable<std::string> next()
    {
        for (;;) {
            std::string part;
            std::getline(file_, part);
            partial_ += part;
            if (!file_.eof()) co_return std::exchange(partial_, {});
            file_.clear();
            co_await changed_.async_wait(asio::posix::descriptor_base::wait_read, asio::use_awaitable);
            std::array<char, 4096> events;
            while (read(changed_.native_handle(), events.data(), events.size()) > 0) continue;
        }
    }

private:
    std::ifstream file_;
    std::string partial_;
    asio::posix::stream_descriptor changed_;
};

struct searched {
    std::optional<std::string> found;
    std::string last;
};

searched search(const std::filesystem::path& file, std::uintmax_t from, const std::string& text)
{
    std::ifstream lines{file};
    lines.seekg(static_cast<std::streamoff>(from));
    searched all;
    for (std::string line; !all.found && std::getline(lines, line);) {
        if (line.find(text) != std::string::npos) all.found = line;
        if (!line.empty()) all.last = line;
    }
    return all;
}

}  // namespace

child_process::child_process(const asio::any_io_executor& executor, settings what)
    : what_{std::move(what)},
      ended_{executor}
{
    const int output =
        checked(open(what_.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644), what_.output.c_str());
    if (std::filesystem::is_regular_file(what_.output)) output_start_ = std::filesystem::file_size(what_.output);
    auto environment = environment_with(what_.environment);
    const auto arguments = pointers(what_.command);
    const auto variables = pointers(environment);
    const auto parent = getpid();
    pid_ = fork();
    if (pid_ == 0) become(arguments.data(), variables.data(), output, parent);
    const auto failed = errno;
    close(output);
    errno = failed;
    checked(pid_, "fork");
    setpgid(pid_, pid_);  // on both sides, so that it is done whoever runs first
    ended_.assign(checked(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)), "pidfd_open"));
}

child_process::~child_process()
{
    if (status_) return;
    signal(SIGKILL);
    waitpid(pid_, nullptr, 0);
}

void child_process::signal(int number) noexcept
{
    if (!status_) ::kill(-pid_, number);
}

awaitable<int> child_process::wait()
{
    if (!status_) co_await ended_.async_wait(asio::posix::descriptor_base::wait_read, asio::use_awaitable);
    if (!status_) {  // another waiter may have been quicker
        int status = 0;
        checked(waitpid(pid_, &status, 0), "waitpid");
        status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    co_return *status_;
}

awaitable<> child_process::find(const std::string& text, std::string& line, scope& both)
{
    follower lines{ended_.get_executor(), what_.output, output_start_};
    while (line.find(text) == std::string::npos) line = co_await lines.next();
    both.cancel();
}

awaitable<> child_process::find_at_end(const std::string& text, std::string& line, scope& both)
{
    const int status = co_await wait();
    const auto all = search(what_.output, output_start_, text);
    if (!all.found)
        throw std::runtime_error{what_.command.front() + " ended with status " + std::to_string(status) + ": " +
                                 all.last + " (" + what_.output.string() + ")"};
    line = *all.found;
    both.cancel();
}

awaitable<std::string> child_process::says(std::string text)
{
    std::string line;
    auto either = [&](scope& both) -> awaitable<> {
        both.spawn(find(text, line, both));
        both.spawn(find_at_end(text, line, both));
        co_return;
    };
    co_await with_scope({}, either);
    co_return line;
}

awaitable<int> child_process::stop(duration grace)
{
    signal(SIGTERM);
    auto& time = clock::of(ended_.get_executor());
    const cancellation patience{{}, time, time.now() + grace};
    try {
        co_return co_await run_under(patience.token(), wait());
    } catch (...) {
        if (!patience.token().cancelled()) throw;
    }
    signal(SIGKILL);
    co_return co_await wait();
}

unsigned short free_port()
{
    asio::io_context context;
    const asio::ip::tcp::acceptor any{context, {asio::ip::make_address("127.0.0.1"), 0}};
    return any.local_endpoint().port();
}

}  // namespace sluice::testing
