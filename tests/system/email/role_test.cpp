#include "integration/process/running_roles.hpp"
#include "mail_server.hpp"
#include "orders/email.hpp"
#include "sluice/testing/test_case.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

using namespace sluice;
using namespace orders;
using namespace std::chrono_literals;
using asio::ip::tcp;

namespace {

std::vector<role_entry> table()
{
    return {{"email", email, "", reads{"email-service", {orders_placed}}, writes{sent_emails}}};
}

outgoing order_of(std::string customer)
{
    return orders_placed.make(
        {"o-" + customer, customer, {{"apple", 2, money::of_minor(50)}}, money::of_minor(100), {}});
}

}  // namespace

SLUICE_TEST_CASE(while_the_mail_server_is_away_orders_wait_and_then_each_gets_its_mail_once, 90s)
{
    const auto loop = co_await asio::this_coro::executor;
    // In the server's place, somebody who hangs up.
    std::optional<tcp::acceptor> away{std::in_place, loop, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
    const auto port = std::to_string(away->local_endpoint().port());
    const std::vector<std::string> options{"--no-tls", "--port", port};
    mail_server server{loop, options};
    const given_flags flags{{"email.smtp", "smtp://127.0.0.1:" + port}, {"email.tls", "none"}};
    running_roles system{loop, table(), flags, email_settings()};
    const auto body = [&]() -> awaitable<> {
        std::vector<outgoing> orders;
        for (int i = 0; i < 10; ++i) orders.push_back(order_of("c-" + std::to_string(i)));
        orders.push_back(order_of("greylisted"));
        orders.push_back(order_of("nobody"));
        co_await system.cluster.send(std::move(orders));
        for (int hung_up = 0; hung_up < 4; ++hung_up) co_await away->async_accept(asio::use_awaitable);
        away.reset();
        co_await server.start();

        const auto sent = co_await system.read(sent_emails.name(), 11);
        std::set<std::string> told, mailed;
        for (const auto& each : sent) told.insert(payload_of<email_sent>(each).customer_id + "@customers.invalid");
        const auto mails = server.mails();
        for (const auto& each : mails) mailed.insert(each.recipients.at(0));
        BOOST_TEST(mails.size() == 11u);
        BOOST_TEST(mailed.size() == 11u);
        BOOST_TEST((told == mailed));
        const auto dead = co_await system.read("order.placed.email-service.dlt", 1);
        BOOST_TEST((dead[0].key() == "nobody"));
    };
    const auto status = co_await system.run(body);
    BOOST_TEST(status == 0);
}
