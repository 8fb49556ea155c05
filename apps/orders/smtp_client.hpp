#pragma once

#include "orders/mail_way.hpp"
#include "sluice/base/offload.hpp"

#include <boost/describe/enum.hpp>

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orders {

BOOST_DEFINE_ENUM_CLASS(smtp_tls, required, opportunistic, none)

/// Where a mail server is: `smtp://host:port`, or `smtps://host:port` for TLS from the first byte on (RFC 8314).
struct smtp_address {
    std::string scheme, host, port;

    static std::optional<smtp_address> parse(std::string_view url);
    [[nodiscard]] std::string host_and_port() const;
    [[nodiscard]] bool tls_from_the_start() const { return scheme == "smtps"; }
};

struct smtp_settings {
    smtp_address server;
    smtp_tls tls = smtp_tls::required;  ///< of smtp://, by STARTTLS (RFC 3207)
    std::string user = {};              ///< empty: no AUTH
    std::string password = {};
    std::string ca = {};  ///< a PEM file of who may vouch for the server; empty: the system's
    sluice::duration time_limit = std::chrono::seconds{30};
    std::size_t connections = 16;  ///< mails at once: more wait, within the time limit
};

class smtp_link;

/// Mail over SMTP (RFC 5321), by libcurl, over connections that are kept for the next mail. An address that is not
/// ASCII needs a server with SMTPUTF8 (RFC 6531).
///
/// It has threads of its own, one a connection: libcurl's SMTP blocks while it waits for the server's word on a mail
/// and on its goodbye, whichever interface is used. Cancellation shuts the connection down, so that it ends at once.
class smtp_client final : public mail_way {
public:
    /// `blocking` outlives it: there the kept connections are closed in the end.
    smtp_client(smtp_settings settings, sluice::offload& blocking);
    ~smtp_client() override;

    sluice::awaitable<> send(const mail_message& what) override;
    [[nodiscard]] sluice::duration time_limit() const override { return settings_.time_limit; }

private:
    struct delivery;
    sluice::awaitable<> deliver(delivery& what);
    void set_up(CURL* transfer, delivery& what) const;

    smtp_settings settings_;
    sluice::offload& blocking_;
    sluice::offload sending_;
    std::vector<std::unique_ptr<smtp_link>> idle_;
};

}  // namespace orders
