#include "orders/email.hpp"
#include "integration/process/running_roles.hpp"
#include "orders/mail_folder.hpp"
#include "sluice/testing/temporary_folder.hpp"
#include "sluice/testing/test_case.hpp"

#include "content.hpp"
#include "store/failures.hpp"

using namespace sluice;
using namespace orders;
using namespace std::chrono_literals;

namespace {

std::vector<role_entry> table()
{
    return {{"email", email, "", reads{"email-service", {orders_placed}}, writes{sent_emails}}};
}

order_placed order_of(std::string id)
{
    return {std::move(id), "c-1", {{"apple", 2, money::of_minor(50)}}, money::of_minor(100), {}};
}

std::vector<std::string> files_in(const std::filesystem::path& folder)
{
    std::vector<std::string> names;
    for (const auto& each : std::filesystem::directory_iterator{folder}) names.push_back(each.path().filename());
    std::ranges::sort(names);
    return names;
}

}  // namespace

SLUICE_TEST_CASE(each_order_s_confirmation_is_a_file_and_an_event_and_a_repeat_changes_neither, 60s)
{
    running_roles system{co_await asio::this_coro::executor, table(), {}, email_settings()};
    const auto outbox = system.data() / "outbox";
    const auto body = [&]() -> awaitable<> {
        auto bad = order_of("o-3");
        bad.total = money::of_minor(99);
        std::vector<outgoing> records{orders_placed.make(order_of("o-1")), orders_placed.make(bad),
                                      orders_placed.make(order_of("../o-2"))};
        co_await system.cluster.send(std::move(records));
        const auto sent = co_await system.read(sent_emails.name(), 2);
        BOOST_TEST(payload_of<email_sent>(sent[0]).message_id == "<o-1@shop.invalid>");
        BOOST_TEST(payload_of<email_sent>(sent[1]).order_id == "../o-2");
        const std::vector<std::string> files{"%2E%2E%2Fo-2.eml", "o-1.eml"};
        BOOST_TEST(files_in(outbox) == files, boost::test_tools::per_element());
        const auto mail = content(outbox / "o-1.eml");
        BOOST_TEST(mail.starts_with("From: \"Orders\" <orders@shop.invalid>\r\nTo: c-1@customers.invalid\r\n"), mail);
        const auto written = std::filesystem::last_write_time(outbox / "o-1.eml");
        const auto dead = co_await system.read("order.placed.email-service.dlt", 1);
        BOOST_TEST(payload_of<order_placed>(dead[0]).order_id == "o-3");

        std::vector<outgoing> repeat{orders_placed.make(order_of("o-1"))};
        co_await system.cluster.send(std::move(repeat));
        const auto all = co_await system.read(sent_emails.name(), 3);
        BOOST_TEST((all[2].value() == all[0].value()));
        BOOST_TEST((std::filesystem::last_write_time(outbox / "o-1.eml") == written));
        BOOST_TEST(content(outbox / "o-1.eml") == mail);
    };
    const auto status = co_await system.run(body);
    BOOST_TEST(status == 0);
}

SLUICE_TEST_CASE(a_folder_that_takes_no_mail_is_an_outage_and_takes_the_mail_when_it_is_back)
{
    const testing::temporary_folder folder;
    offload blocking;
    mail_folder outbox{folder / "outbox", blocking};
    const auto mail = confirm(order_of("o-1"), {"", "orders@shop.example"}, "d.example", {});
    std::filesystem::remove(folder / "outbox");
    co_await expect_failure(outbox.send(mail), errc::unavailable);
    std::filesystem::create_directory(folder / "outbox");
    co_await outbox.send(mail);
    BOOST_TEST(content(folder / "outbox/o-1.eml") == to_wire(mail));
}
