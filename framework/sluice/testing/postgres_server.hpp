#pragma once

#include "sluice/testing/child_process.hpp"
#include "sluice/testing/temporary_folder.hpp"

#include <csignal>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sluice::testing {

struct postgres_settings {
    bool durable = false;                                ///< fsync, as a real one has it
    bool tls = false;                                    ///< and nothing unencrypted
    std::map<std::string, std::string> parameters = {};  ///< of postgresql.conf, over ours
};

/// PostgreSQL on loopback, on a free port, in a temporary folder that goes with this object. As root it runs as the
/// user postgres, or nobody. Used on its executor's thread; destroying it kills the server.
class postgres_server {
public:
    /// Throws std::runtime_error if PostgreSQL is not installed (under /usr/lib/postgresql, or in PATH).
    explicit postgres_server(asio::any_io_executor executor, postgres_settings what = {});
    postgres_server(const postgres_server&) = delete;
    postgres_server& operator=(const postgres_server&) = delete;
    ~postgres_server();

    /// Makes an empty database cluster and waits until the server takes connections. Throws std::runtime_error with the
    /// last words of what could not start.
    awaitable<> start();
    /// Ends it in order: sessions are cut, what they have not committed is undone. Waits for its end.
    awaitable<> stop();
    /// SIGKILL to the server and all its sessions, as if the machine had died. They are gone when this returns.
    awaitable<> kill();
    /// Starts a stopped or killed server on its old port and data, and waits until it takes connections.
    awaitable<> restart();
    /// SIGSTOP and SIGCONT to the server and its sessions: they hang, their connections stay open.
    void suspend() { signal_all(SIGSTOP); }
    void resume() { signal_all(SIGCONT); }

    /// With user and password, of an empty database.
    [[nodiscard]] std::string url() const;
    /// With TLS: its certificate, for `localhost` and 127.0.0.1, that only itself vouches for.
    [[nodiscard]] std::filesystem::path certificate() const { return folder_ / "certificate.pem"; }
    [[nodiscard]] unsigned short port() const noexcept { return port_; }
    [[nodiscard]] std::filesystem::path log() const { return folder_ / "postgres.log"; }

private:
    void hand_over(const std::filesystem::path& path) const;
    awaitable<> set_up_tls();
    [[nodiscard]] std::filesystem::path key() const { return folder_ / "key.pem"; }
    [[nodiscard]] std::vector<std::string> as_its_user(std::vector<std::string> command) const;
    void signal_all(int number);

    asio::any_io_executor executor_;
    postgres_settings what_;
    std::filesystem::path programs_;
    temporary_folder folder_{"postgres"};
    std::string user_;  ///< as root
    unsigned short port_;
    std::unique_ptr<child_process> process_;
};

}  // namespace sluice::testing
