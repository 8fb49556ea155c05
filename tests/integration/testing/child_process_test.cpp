#include "sluice/testing/child_process.hpp"
#include "sluice/testing/test_case.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

namespace {

using namespace std::chrono_literals;
using sluice::testing::child_process;
namespace asio = sluice::asio;
namespace fs = std::filesystem;

child_process::settings shell(std::string script, fs::path output = "/dev/null")
{
    return {{"sh", "-c", std::move(script)}, std::move(output)};
}

child_process::settings program(std::string name)
{
    return {{std::move(name)}};
}

child_process::settings with_variable(child_process::settings what, std::string name, std::string value)
{
    what.environment.emplace(std::move(name), std::move(value));
    return what;
}

struct output_file {
    fs::path path = fs::temp_directory_path() / ("sluice-child-" + std::to_string(getpid()) + ".txt");
    output_file() { fs::remove(path); }
    ~output_file() { fs::remove(path); }
};

}  // namespace

SLUICE_TEST_CASE(a_childs_status_is_its_exit_status)
{
    child_process child{co_await asio::this_coro::executor, shell("exit 7")};
    const int first = co_await child.wait(), again = co_await child.wait();
    BOOST_TEST(first == 7);
    BOOST_TEST(again == 7);
}

SLUICE_TEST_CASE(a_program_that_does_not_exist_ends_with_127)
{
    child_process child{co_await asio::this_coro::executor, program("sluice-no-such-program")};
    const int status = co_await child.wait();
    BOOST_TEST(status == 127);
}

SLUICE_TEST_CASE(a_child_sees_our_environment_and_what_was_added)
{
    const output_file output;
    child_process child{co_await asio::this_coro::executor,
                        with_variable(shell("echo $ADDED ${PATH:+and path}", output.path), "ADDED", "one")};
    const auto line = co_await child.says("and");
    BOOST_TEST(line == "one and path");
}

SLUICE_TEST_CASE(a_line_is_found_when_it_is_written_later)
{
    const output_file output;
    const auto gate = output.path.string() + ".gate";
    BOOST_REQUIRE(mkfifo(gate.c_str(), 0600) == 0);
    child_process child{
        co_await asio::this_coro::executor,
        shell("echo before; printf 'half, '; read line < " + gate + "; echo ready; read line < " + gate, output.path)};
    const auto before = co_await child.says("before");
    BOOST_TEST(before == "before");
    std::ofstream{gate} << "go\n";
    const auto line = co_await child.says("ready");
    BOOST_TEST(line == "half, ready");
    fs::remove(gate);
}

SLUICE_TEST_CASE(a_child_that_ends_without_the_line_is_an_error_with_its_last_words)
{
    const output_file output;
    child_process child{co_await asio::this_coro::executor, shell("echo no disk; exit 3", output.path)};
    std::string why;
    try {
        co_await child.says("ready");
    } catch (const std::runtime_error& failed) {
        why = failed.what();
    }
    BOOST_TEST(why.find("status 3: no disk") != std::string::npos, why);
}

SLUICE_TEST_CASE(a_child_that_ignores_sigterm_is_killed_after_the_grace)
{
    const output_file output;
    child_process child{co_await asio::this_coro::executor,
                        shell("trap '' TERM; echo deaf; while :; do sleep 1; done", output.path)};
    co_await child.says("deaf");
    const int status = co_await child.stop(50ms);
    BOOST_TEST(status == 128 + SIGKILL);
}

SLUICE_TEST_CASE(a_child_goes_with_its_object_and_takes_its_own_children_along)
{
    const output_file output;
    int handle = -1;
    {
        child_process child{co_await asio::this_coro::executor, shell("sleep 1000 & echo pid $!; wait", output.path)};
        const auto line = co_await child.says("pid ");
        handle = static_cast<int>(syscall(SYS_pidfd_open, std::stoi(line.substr(4)), 0));
        BOOST_REQUIRE(handle >= 0);
    }
    pollfd end{handle, POLLIN, 0};
    BOOST_TEST(poll(&end, 1, 10'000) == 1);
    close(handle);
}
