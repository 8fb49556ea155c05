#include "orders/durations.hpp"
#include "orders/email.hpp"
#include "orders/housekeeping.hpp"
#include "orders/smtp_client.hpp"
#include "sluice/process/usage_error.hpp"

#include <boost/describe/enum_from_string.hpp>

#include <filesystem>

namespace orders {

using namespace sluice;

namespace {

std::string text(const settings& given, std::string_view key)
{
    return given.get<std::string>(key);
}

void check_server(const settings& given, std::string_view key)
{
    const auto url = text(given, key);
    // An error shows the value, and here that could be a password.
    if (url.find('@') != url.npos)
        throw usage_error{std::string{key} + ": the account is told by email.user and email.password"};
    if (!url.empty() && !smtp_address::parse(url)) given.reject(key, "smtp://host:port or smtps://host:port");
}

void check_tls(const settings& given, std::string_view key)
{
    smtp_tls how{};
    if (!boost::describe::enum_from_string(text(given, key).c_str(), how))
        given.reject(key, "required, opportunistic or none");
}

void check_user(const settings& given, std::string_view key)
{
    if (text(given, key).empty()) return;
    if (text(given, "email.password").empty()) throw usage_error{"email.user needs email.password"};
    if (text(given, "email.tls") != "required" && !text(given, "email.smtp").starts_with("smtps:"))
        throw usage_error{"email.user needs email.tls required, or the password could travel unencrypted"};
}

void check_ca(const settings& given, std::string_view key)
{
    if (!text(given, key).empty() && !std::filesystem::is_regular_file(text(given, key)))
        given.reject(key, "a file of certificates (PEM)");
}

void check_from(const settings& given, std::string_view key)
{
    if (!mailbox::parse(text(given, key))) given.reject(key, "an address, or a name and <an address>");
}

void check_domain(const settings& given, std::string_view key)
{
    if (!is_domain(text(given, key))) given.reject(key, "a domain");
}

void check_connections(const settings& given, std::string_view key)
{
    static_cast<void>(given.integer(key, 1, 256));
}

}  // namespace

std::vector<setting_declaration> email_settings()
{
    constexpr auto value = setting_declaration::kind::value;
    constexpr auto secret = setting_declaration::kind::secret;
    return {
        inbox_setting(),
        {"email.smtp", "", "the mail server, e.g. smtp://mail.example:587; none: .eml files in <data.dir>/outbox",
         value, check_server},
        {"email.tls", "required", "STARTTLS of an smtp:// server: required, opportunistic or none", value, check_tls},
        {"email.user", "", "the account at the mail server; none: without AUTH", value, check_user},
        {"email.password", "", "its password", secret},
        {"email.ca", "", "a PEM file of who vouches for the mail server; none: the system's", value, check_ca},
        {"email.from", "Orders <orders@shop.invalid>", "who confirmations are from", value, check_from},
        {"email.domain", "customers.invalid", "where a customer gets mail whose id is no address", value, check_domain},
        {"email.timeout", "30s", "how long sending one mail may take", value, is_some_time},
        {"email.connections", "16", "mails sent at once, each over a connection of its own", value, check_connections},
    };
}

}  // namespace orders
