#include "sluice/testing/postgres_server.hpp"

#include "sluice/testing/certificate.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <pwd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace sluice::testing {
namespace {

namespace fs = std::filesystem;

constexpr auto password = "s3cret-of-tests";

// Debian keeps the server's programs out of PATH, a folder a major version.
fs::path find_programs()
{
    std::vector<fs::path> folders;
    const fs::path installed = "/usr/lib/postgresql";
    if (fs::is_directory(installed))
        for (const auto& version : fs::directory_iterator{installed}) folders.push_back(version.path() / "bin");
    std::ranges::sort(folders, std::greater<>{});
    for (std::string path = std::getenv("PATH") ? std::getenv("PATH") : ""; !path.empty();) {
        const auto colon = std::min(path.find(':'), path.size());
        folders.emplace_back(path.substr(0, colon));
        path.erase(0, colon + 1);
    }
    const auto found =
        std::ranges::find_if(folders, [](const fs::path& folder) { return fs::exists(folder / "initdb"); });
    if (found == folders.end())
        throw std::runtime_error{"PostgreSQL's server is not installed: apt-get install postgresql"};
    return *found;
}

std::vector<pid_t> children_of(pid_t process)
{
    const auto name = std::to_string(process);
    std::ifstream file{"/proc/" + name + "/task/" + name + "/children"};
    std::vector<pid_t> all;
    for (pid_t child = 0; file >> child;) all.push_back(child);
    return all;
}

// Waits until a process has ended that another one started.
awaitable<> until_gone(pid_t process)
{
    const auto handle = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
    if (handle < 0) co_return;
    asio::posix::stream_descriptor ended{co_await asio::this_coro::executor, handle};
    co_await ended.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
}

}  // namespace

postgres_server::postgres_server(asio::any_io_executor executor, postgres_settings what)
    : executor_{std::move(executor)},
      what_{std::move(what)},
      programs_{find_programs()},
      port_{free_port()}
{
    std::ofstream{folder_ / "password"} << password;
    if (geteuid() != 0) return;
    const auto* other = getpwnam("postgres");  // it refuses to run as root
    if (!other) other = getpwnam("nobody");
    if (!other) throw std::runtime_error{"PostgreSQL cannot run as root, and there is no other user"};
    user_ = other->pw_name;
    hand_over(folder_.path());
    hand_over(folder_.path() / "password");
}

postgres_server::~postgres_server()
{
    if (process_) signal_all(SIGKILL);
}

void postgres_server::hand_over(const fs::path& path) const
{
    if (user_.empty()) return;
    const auto* user = getpwnam(user_.c_str());
    if (chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error{"chown failed"};
}

std::vector<std::string> postgres_server::as_its_user(std::vector<std::string> command) const
{
    if (user_.empty()) return command;
    const auto* user = getpwnam(user_.c_str());
    std::vector<std::string> all{"setpriv",
                                 "--reuid=" + std::to_string(user->pw_uid),
                                 "--regid=" + std::to_string(user->pw_gid),
                                 "--clear-groups",
                                 "--pdeathsig=KILL",
                                 "--"};
    std::ranges::move(command, std::back_inserter(all));
    return all;
}

awaitable<> postgres_server::start()
{
    child_process making{executor_,
                         {as_its_user({programs_ / "initdb", "--pgdata", folder_ / "data", "--username", "sluice",
                                       "--pwfile", folder_ / "password", "--auth", "scram-sha-256", "--encoding",
                                       "UTF8", "--locale", "C", "--no-sync", "--no-instructions"}),
                          log()}};
    if (co_await making.wait() != 0) throw std::runtime_error{"initdb failed, see " + log().string()};
    if (what_.tls) co_await set_up_tls();
    co_await restart();
}

awaitable<> postgres_server::set_up_tls()
{
    std::string names{"DNS:localhost,IP:127.0.0.1"};
    co_await make_certificate(key(), certificate(), std::move(names));
    hand_over(key());
    hand_over(certificate());
    std::ofstream{folder_ / "data" / "pg_hba.conf"} << "hostssl all all 127.0.0.1/32 scram-sha-256\n";
    what_.parameters.insert({{"ssl", "on"}, {"ssl_key_file", key()}, {"ssl_cert_file", certificate()}});
}

awaitable<> postgres_server::restart()
{
    auto parameters = what_.parameters;
    const std::string durable = what_.durable ? "on" : "off";
    parameters.insert({{"listen_addresses", "127.0.0.1"},
                       {"port", std::to_string(port_)},
                       {"unix_socket_directories", ""},
                       {"fsync", durable},
                       {"full_page_writes", durable},
                       {"shared_buffers", "16MB"},
                       {"max_connections", "60"},
                       {"autovacuum", "off"}});
    std::vector<std::string> command{programs_ / "postgres", "-D", folder_ / "data"};
    for (const auto& [name, value] : parameters) {
        command.emplace_back("-c");
        command.push_back(name + "=" + value);
    }
    const child_process::settings how{as_its_user(std::move(command)), log()};
    process_ = std::make_unique<child_process>(executor_, how);
    co_await process_->says("database system is ready to accept connections");
}

awaitable<> postgres_server::stop()
{
    if (!process_) co_return;
    process_->signal(SIGINT);  // what it calls a fast shutdown; SIGTERM would wait for the clients
    co_await process_->wait();
    process_.reset();
}

awaitable<> postgres_server::kill()
{
    if (!process_) co_return;
    process_->signal(SIGSTOP);  // it starts no session any more
    const auto sessions = children_of(process_->pid());
    signal_all(SIGKILL);
    co_await process_->wait();
    process_.reset();
    for (const auto session : sessions) co_await until_gone(session);  // the next server wants their memory to be free
}

void postgres_server::signal_all(int number)
{
    const auto sessions = children_of(process_->pid());  // each leads a process group of its own
    process_->signal(number);
    for (const auto session : sessions) ::kill(session, number);
}

std::string postgres_server::url() const
{
    return std::string{"postgresql://sluice:"} + password + "@127.0.0.1:" + std::to_string(port_) + "/postgres";
}

}  // namespace sluice::testing
