#include "orders/mail_message.hpp"
#include "orders/mail_text.hpp"
#include "orders/smtp_client.hpp"
#include "orders/smtp_reply.hpp"
#include "sluice/base/rfc3339.hpp"
#include "sluice/flow/failure.hpp"

#include "orders/random_text.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <ranges>

using namespace sluice;
using namespace orders;

namespace {

order_placed two_lines()
{
    return {"0b6c-1",
            "c-1",
            {{"SKU-001", 2, money::of_minor(2999)}, {"A & B <\"gift\">", 3, money::of_minor(5)}},
            money::of_minor(6013),
            from_rfc3339("2026-01-02T03:04:05Z").value()};
}

const mailbox shop{"The Shop", "orders@shop.example"};
const auto sending = from_rfc3339("2026-11-24T17:18:06Z").value();

std::vector<std::string> lines_of(const std::string& wire)
{
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < wire.size();) {
        const auto end = wire.find("\r\n", begin);
        BOOST_TEST_REQUIRE(end != wire.npos);
        lines.push_back(wire.substr(begin, end - begin));
        begin = end + 2;
    }
    return lines;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_customers_address_is_the_id_or_the_id_at_the_domain_quoted_where_it_must_be)
{
    struct row {
        std::string_view id, address;
    };
    const std::string long_local(300, 'x');
    for (const auto& [id, address] :
         std::initializer_list<row>{{"ada@shop.example", "ada@shop.example"},
                                    {"a.b+c@sub.shop-2.example", "a.b+c@sub.shop-2.example"},
                                    {"\"a b\"@x.example", "\"a b\"@x.example"},
                                    {"c-1", "c-1@d.example"},
                                    {"", "\"\"@d.example"},
                                    {"a b", "\"a b\"@d.example"},
                                    {"a..b", "\"a..b\"@d.example"},
                                    {"a.", "\"a.\"@d.example"},
                                    {"a@b@", "\"a@b@\"@d.example"},
                                    {"a@-b.example", "\"a@-b.example\"@d.example"},
                                    {"a,b@x.example>", "\"a,b@x.example>\"@d.example"},
                                    {"say \"hi\\\"", "\"say \\\"hi\\\\\\\"\"@d.example"},
                                    {"zoë", "zoë@d.example"},
                                    {"\"a\"b@x.example", "\"\\\"a\\\"b@x.example\"@d.example"}})
        BOOST_TEST(address_of(id, "d.example") == address, id);
    for (const std::string_view bad :
         {std::string_view{"a\r\nBcc: b@x.example"}, std::string_view{"a\0b", 3}, std::string_view{"a\x7f"},
          std::string_view{"a\xC2\x85"}, std::string_view{"a\xff"}, std::string_view{"=?UTF-8?B?n?=u"},
          std::string_view{long_local}})
        BOOST_CHECK_THROW(address_of(bad, "d.example"), permanent_failure);
}

BOOST_AUTO_TEST_CASE(a_sender_is_read_and_written_or_refused)
{
    const auto plain = mailbox::parse("orders@shop.example").value();
    BOOST_TEST(header_text(plain) == "orders@shop.example");
    BOOST_TEST(plain.domain() == "shop.example");
    BOOST_TEST(header_text(mailbox::parse("The \"Shop\", Ltd. <o@shop.example>").value()) ==
               "\"The \\\"Shop\\\", Ltd.\" <o@shop.example>");
    BOOST_TEST(header_text(mailbox::parse("Café <o@shop.example>").value()) == "=?UTF-8?B?Q2Fmw6k=?= <o@shop.example>");
    for (const auto* bad : {"", "shop", "@shop.example", "Shop <o@shop.example", "Shop <>", "o@shop.example>",
                            "a\nb <o@shop.example>", "o@shop_.example", "o@shop..example"})
        BOOST_TEST(!mailbox::parse(bad), bad);
}

BOOST_AUTO_TEST_CASE(text_is_encoded_as_the_rfcs_say)
{
    BOOST_TEST(quoted_printable("a=b \nä\tend ") == "a=3Db=20\r\n=C3=A4=09end=20");
    const auto folded = quoted_printable(std::string(200, 'x'));
    BOOST_TEST(folded == std::string(75, 'x') + "=\r\n" + std::string(75, 'x') + "=\r\n" + std::string(50, 'x'));
    BOOST_TEST(header_text("Your order 1") == "Your order 1");
    BOOST_TEST(header_text("=?UTF-8?B?eA==?=") == "=?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?=");
    BOOST_TEST(html_escaped("<a href='x'>\"&\"</a>") == "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt;");
    BOOST_TEST(one_line("a\r\nb\x7f\xC2\x85\xE2\x80\xA8\xff") == "a\uFFFD\uFFFDb\uFFFD\uFFFD\uFFFD\uFFFD");
    BOOST_TEST(mail_date(sending) == "Tue, 24 Nov 2026 17:18:06 +0000");
    BOOST_TEST(mail_date(timestamp{}) == "Thu, 1 Jan 1970 00:00:00 +0000");
}

BOOST_AUTO_TEST_CASE(a_confirmation_names_every_item_and_the_exact_total_in_both_versions)
{
    const auto mail = confirm(two_lines(), shop, "d.example", sending);
    BOOST_TEST(mail.to == "c-1@d.example");
    BOOST_TEST(mail.subject == "Your order 0b6c-1");
    BOOST_TEST(mail.id == "0b6c-1@shop.example");
    BOOST_TEST(mail.text ==
               "Thank you for your order.\n\n2 x SKU-001, 29.99 each: 59.98\n3 x A & B <\"gift\">, 0.05 each: 0.15\n\n"
               "Total: 60.13\n\nOrder 0b6c-1, placed Fri, 2 Jan 2026 03:04:05 +0000\n");
    for (const auto* expected :
         {"<td>SKU-001</td><td align=\"right\">2</td><td align=\"right\">29.99</td><td align=\"right\">59.98</td>",
          "<td>A &amp; B &lt;&quot;gift&quot;&gt;</td>", "<th align=\"right\">60.13</th>"})
        BOOST_TEST(mail.html.find(expected) != mail.html.npos, mail.html);
    BOOST_TEST(to_wire(mail) == to_wire(confirm(two_lines(), shop, "d.example", sending)));
}

BOOST_AUTO_TEST_CASE(an_order_that_does_not_add_up_is_confirmed_to_nobody)
{
    const auto refused = [](auto change) {
        auto order = two_lines();
        change(order);
        BOOST_CHECK_THROW(confirm(order, shop, "d.example", sending), permanent_failure);
    };
    refused([](order_placed& order) { order.total = money::of_minor(6012); });
    refused([](order_placed& order) { order.items.clear(); });
    refused([](order_placed& order) { order.items[0].quantity = 0; });
    refused([](order_placed& order) {
        order.items[1] = {"a discount", 1, money::of_minor(-5998)};
        order.total = money{};
    });
    refused(
        [](order_placed& order) { order.items[0].price = money::of_minor(std::numeric_limits<std::int64_t>::max()); });
    refused([](order_placed& order) { order.customer_id = "a\nb"; });
    refused([](order_placed& order) { order.order_id = ""; });
    refused([](order_placed& order) { order.order_id = std::string(201, 'x'); });
}

BOOST_AUTO_TEST_CASE(a_mails_name_is_safe_and_no_two_orders_share_one)
{
    BOOST_TEST(mail_name("0190b5a4-7c1e_X") == "0190b5a4-7c1e_X");
    BOOST_TEST(mail_name("../a b") == "%2E%2E%2Fa%20b");
    BOOST_TEST(mail_name("%2E") == "%252E");
    BOOST_TEST(mail_name("\xC3\xA9") == "%C3%A9");
}

BOOST_AUTO_TEST_CASE(nothing_in_an_order_adds_a_header_or_a_part)
{
    const auto seed = std::random_device{}();
    std::mt19937_64 random{seed};
    BOOST_TEST_CONTEXT("seed " << seed)
    for (int run = 0; run < 2'000; ++run) {
        auto order = two_lines();
        if (random() % 2) order.order_id = random_text(random, 20);
        if (random() % 2) order.customer_id = random_text(random, 20);
        if (random() % 2) order.items[0].product_id = random_text(random, 200);
        const mailbox from{one_line(random_text(random, 30)), "o@shop.example"};
        std::string wire;
        try {
            wire = to_wire(confirm(order, from, "d.example", sending));
        } catch (const permanent_failure&) {
            continue;
        }
        std::string names;
        std::size_t boundaries = 0;
        bool in_head = true;
        for (const auto& line : lines_of(wire)) {
            BOOST_TEST_REQUIRE(line.size() <= 998u);
            BOOST_TEST_REQUIRE(line.find_first_of(std::string_view{"\r\n\0\x7f", 4}) == line.npos);
            if (line.empty()) in_head = false;
            if (in_head && line[0] != ' ') names += line.substr(0, line.find(':') + 1);
            if (!in_head && line.starts_with("--=_")) ++boundaries;
        }
        BOOST_TEST_REQUIRE(names == "From:To:Subject:Date:Message-ID:Auto-Submitted:MIME-Version:Content-Type:");
        BOOST_TEST_REQUIRE(boundaries == 3u);
    }
}

BOOST_AUTO_TEST_CASE(a_mails_fate_follows_from_the_servers_reply_and_from_what_it_had)
{
    struct row {
        CURLcode ended;
        long reply;
        bool handed_over;
        mail_fate fate;
    };
    constexpr row rows[] = {
        {CURLE_OK, 250, true, mail_fate::sent},
        {CURLE_COULDNT_CONNECT, 0, false, mail_fate::unavailable},
        {CURLE_PEER_FAILED_VERIFICATION, 220, false, mail_fate::unavailable},
        {CURLE_LOGIN_DENIED, 535, false, mail_fate::unavailable},
        {CURLE_WEIRD_SERVER_REPLY, 554, false, mail_fate::unavailable},  // the greeting
        {CURLE_SEND_ERROR, 550, false, mail_fate::refused},
        {CURLE_SEND_ERROR, 530, false, mail_fate::unavailable},
        {CURLE_SEND_ERROR, 451, false, mail_fate::postponed},
        {CURLE_SEND_ERROR, 421, false, mail_fate::unavailable},
        {CURLE_SEND_ERROR, 250, false, mail_fate::unavailable},  // a connection that broke
        {CURLE_OPERATION_TIMEDOUT, 0, false, mail_fate::unavailable},
        {CURLE_WEIRD_SERVER_REPLY, 554, true, mail_fate::refused},
        {CURLE_WEIRD_SERVER_REPLY, 452, true, mail_fate::postponed},
        {CURLE_WEIRD_SERVER_REPLY, 421, true, mail_fate::unavailable},
        {CURLE_RECV_ERROR, 354, true, mail_fate::unknown},
        {CURLE_SEND_ERROR, 550, true, mail_fate::unknown},
        {CURLE_OPERATION_TIMEDOUT, 0, true, mail_fate::unknown},
    };
    for (const auto& [ended, reply, handed_over, fate] : rows)
        BOOST_TEST((fate_of(ended, reply, handed_over) == fate), ended << ' ' << reply << ' ' << handed_over);
}

BOOST_AUTO_TEST_CASE(a_mail_servers_address_is_read_or_refused)
{
    const auto found = smtp_address::parse("smtps://[::1]:465").value();
    BOOST_TEST(found.host == "::1");
    BOOST_TEST(found.port == "465");
    BOOST_TEST(found.tls_from_the_start());
    BOOST_TEST(!smtp_address::parse("smtp://mail.example:25").value().tls_from_the_start());
    for (const auto* bad : {"", "mail.example:25", "http://mail.example:25", "smtp://mail.example", "smtp://:25",
                            "smtp://mail.example:0", "smtp://mail.example:99999", "smtp://me:secret@mail.example:25",
                            "smtp://mail.example:25/x", "smtp://mail.example:25?x"})
        BOOST_TEST(!smtp_address::parse(bad), bad);
}
