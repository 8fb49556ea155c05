#include "sluice/store/postgres_address.hpp"

#include "sluice/base/result.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace sluice::store {
namespace {

[[noreturn]] void refuse()
{
    throw failure{{errc::invalid,
                   "postgres.url is not understood: write postgresql://user:password@host:port/database, with special "
                   "characters as %XX"}};
}

std::vector<std::string> parts_of(const std::string& list)
{
    std::vector<std::string> parts;
    for (std::size_t from = 0; from <= list.size();) {
        const auto comma = std::min(list.find(',', from), list.size());
        parts.push_back(list.substr(from, comma - from));
        from = comma + 1;
    }
    return parts;
}

bool needs_no_name_server(const std::string& host)
{
    error_code ec;
    asio::ip::make_address(host, ec);
    return host.empty() || host.front() == '/' || host.front() == '@' || !ec;
}

awaitable<std::vector<std::string>> addresses_of(const std::string& host)
{
    asio::ip::tcp::resolver names{co_await asio::this_coro::executor};
    const auto [ec, found] = co_await names.async_resolve(host, "", asio::as_tuple(asio::use_awaitable));
    if (ec == asio::error::operation_aborted) throw boost::system::system_error{ec};
    if (ec)
        throw failure{{errc::unavailable, "PostgreSQL: the host " + host + " is not found (" + ec.message() +
                                              "): check postgres.url and the name server"}};
    std::vector<std::string> addresses;
    for (const auto& one : found) addresses.push_back(one.endpoint().address().to_string());
    co_return addresses;
}

}  // namespace

postgres_address::postgres_address(const std::string& text)
{
    char* wrong = nullptr;  // may quote from the password
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> all{PQconninfoParse(text.c_str(), &wrong),
                                                                             PQconninfoFree};
    if (wrong) PQfreemem(wrong);
    if (!all) refuse();
    for (const auto* one = all.get(); one->keyword; ++one)
        if (one->val) options_[one->keyword] = one->val;
    // Of a password with an unescaped @ or /, a part would be taken for the host, its port, or the database.
    if (option("host").find('@', 1) != std::string::npos || option("dbname").find('@') != std::string::npos) refuse();
    if (option("port").find_first_not_of("0123456789,") != std::string::npos) refuse();
}

std::string postgres_address::option(const std::string& name) const
{
    const auto found = options_.find(name);
    return found == options_.end() ? std::string{} : found->second;
}

awaitable<std::map<std::string, std::string>> postgres_address::resolved() const
{
    auto options = options_;
    if (options.contains("hostaddr") || !options.contains("host")) co_return options;
    const auto names = parts_of(options["host"]);
    const auto ports = parts_of(option("port"));
    // A name may have several addresses: libpq tries the entries of its lists in order.
    std::string host, address, port, comma;
    for (std::size_t i = 0; i < names.size(); ++i) {
        std::vector<std::string> addresses{names[i].starts_with('/') || names[i].starts_with('@') ? "" : names[i]};
        if (!needs_no_name_server(names[i])) addresses = co_await addresses_of(names[i]);
        for (const auto& one : addresses) {
            host += comma + names[i];
            address += comma + one;
            port += comma + ports.at(std::min(i, ports.size() - 1));
            comma = ",";
        }
    }
    options["host"] = host;
    options["hostaddr"] = address;
    if (options.contains("port")) options["port"] = port;
    co_return options;
}

std::string postgres_address::text() const
{
    const auto host = option("host").empty() ? option("hostaddr") : option("host");
    const auto port = option("port");
    return (host.empty() ? "the local server" : host) + (port.empty() ? "" : ':' + port) + '/' + option("dbname");
}

}  // namespace sluice::store
