#pragma once

#include "orders/smtp_client.hpp"
#include "sluice/testing/child_process.hpp"
#include "sluice/testing/temporary_folder.hpp"

#include <memory>
#include <string>
#include <vector>

/// What a mail server took, in its own words.
struct taken_mail {
    std::string peer;  ///< the connection
    bool ssl = false;
    std::string login, sender;
    std::vector<std::string> recipients;
    std::string content;  ///< as it came, in base64
};
BOOST_DESCRIBE_STRUCT(taken_mail, (), (peer, ssl, login, sender, recipients, content))

/// A mail server on loopback, written by others (aiosmtpd), with a certificate for `localhost` that only its own file
/// vouches for.
class mail_server {
public:
    /// `options`: of mail_server.py, which also says what recipients' names ask of it.
    explicit mail_server(sluice::asio::any_io_executor loop, std::vector<std::string> options = {});

    /// Waits until it listens.
    sluice::awaitable<> start();
    /// For a client of it: TLS required.
    [[nodiscard]] orders::smtp_settings settings() const;
    [[nodiscard]] std::string url(std::string_view scheme = "smtp") const;
    [[nodiscard]] std::string certificate() const { return folder_ / "certificate.pem"; }
    [[nodiscard]] std::vector<taken_mail> mails() const;

    std::unique_ptr<sluice::testing::child_process> process;

private:
    sluice::asio::any_io_executor loop_;
    std::vector<std::string> options_;
    sluice::testing::temporary_folder folder_;
    std::string port_;
};

/// Runs a program to its end and returns what it printed; status 0 is required.
sluice::awaitable<std::string> output_of(std::vector<std::string> command);
