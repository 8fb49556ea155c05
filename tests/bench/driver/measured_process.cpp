#include "measured_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace sluice::bench {
namespace {

using std::chrono::steady_clock;

struct pipe_ends {
    pipe_ends()
    {
        if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error{errno, std::system_category(), "pipe"};
    }
    pipe_ends(const pipe_ends&) = delete;
    pipe_ends& operator=(const pipe_ends&) = delete;
    ~pipe_ends()
    {
        for (const int end : ends)
            if (end >= 0) close(end);
    }
    void close_end(int which) { close(std::exchange(ends[static_cast<std::size_t>(which)], -1)); }

    std::array<int, 2> ends{};
};

double seconds(const timeval& time)
{
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

[[noreturn]] void become(char* const* arguments, int out, int err)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    execvp(arguments[0], arguments);
    _exit(127);
}

/// Until both ends are closed by the child, or the time is over.
void read_both(pipe_ends& out, pipe_ends& err, measured_run& into, steady_clock::time_point end)
{
    std::array<pollfd, 2> open{{{out.ends[0], POLLIN, 0}, {err.ends[0], POLLIN, 0}}};
    std::array<std::string*, 2> texts{&into.out, &into.err};
    while (open[0].fd >= 0 || open[1].fd >= 0) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - steady_clock::now());
        if (left.count() <= 0) return;
        if (poll(open.data(), open.size(), static_cast<int>(left.count())) < 0 && errno != EINTR) return;
        for (std::size_t i = 0; i < open.size(); ++i) {
            if (open[i].fd < 0 || open[i].revents == 0) continue;
            std::array<char, 4096> some;
            const auto got = read(open[i].fd, some.data(), some.size());
            if (got > 0)
                texts[i]->append(some.data(), static_cast<std::size_t>(got));
            else
                open[i].fd = -1;
        }
    }
}

}  // namespace

measured_run run_measured(const std::vector<std::string>& command, std::chrono::seconds limit)
{
    auto strings = command;
    std::vector<char*> arguments;
    for (auto& each : strings) arguments.push_back(each.data());
    arguments.push_back(nullptr);
    pipe_ends out, err;
    const auto child = fork();
    if (child < 0) throw std::system_error{errno, std::system_category(), "fork"};
    if (child == 0) become(arguments.data(), out.ends[1], err.ends[1]);
    out.close_end(1);
    err.close_end(1);

    measured_run over;
    const auto end = steady_clock::now() + limit;
    read_both(out, err, over, end);
    if (steady_clock::now() >= end) {
        over.err += "\nit did not end within " + std::to_string(limit.count()) + " s";
        kill(child, SIGKILL);
    }
    int status = 0;
    rusage used{};
    while (wait4(child, &status, 0, &used) < 0)
        if (errno != EINTR) throw std::system_error{errno, std::system_category(), "wait4"};
    over.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    over.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
    over.peak_mb = static_cast<double>(used.ru_maxrss) / 1024;
    return over;
}

}  // namespace sluice::bench
