#include "mail_server.hpp"
#include "orders/mail_text.hpp"
#include "sluice/base/rfc3339.hpp"
#include "sluice/flow/failure.hpp"
#include "sluice/testing/test_case.hpp"

#include "orders/random_text.hpp"
#include "variable.hpp"

#include <boost/json.hpp>

#include <fstream>
#include <random>
#include <sstream>

using namespace sluice;
using namespace orders;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

const mailbox shop{"The \"Shop\", Ltd. =?UTF-8?B?", "orders@shop.example"};
const auto sending = from_rfc3339("2026-11-24T17:18:06Z").value();

order_placed random_order(std::mt19937_64& random)
{
    order_placed order;
    order.order_id = random() % 4 ? "o-1" : random_text(random, 20);
    order.customer_id = random() % 4 ? random_text(random, 8) : std::string(random() % 120, 'x');
    order.created_at = timestamp{std::chrono::seconds{random() % 4'000'000'000}};
    for (auto count = 1 + random() % 4; count > 0; --count) {
        order.items.push_back({random_text(random, 40), static_cast<std::int64_t>(1 + random() % 1'000),
                               money::of_minor(static_cast<std::int64_t>(random() % 10'000'000))});
        order.total = order.total.plus(order.items.back().price.times(order.items.back().quantity).value()).value();
    }
    return order;
}

std::vector<std::string> strings(const json::value& list)
{
    std::vector<std::string> all;
    for (const auto& each : list.as_array()) all.emplace_back(each.as_string());
    return all;
}

// What Python read of the mail, against the order.
void compare(const json::object& read, const order_placed& order, const mail_message& mail)
{
    const auto expect = [&](const char* what, const std::string& expected) {
        const std::string found{read.at(what).as_string()};
        BOOST_TEST(found == expected, what << ": " << found << " is not " << expected);
    };
    expect("subject", "Your order " + one_line(order.order_id));
    expect("message_id", "<" + mail.id + ">");
    expect("date", "2026-11-24T17:18:06+00:00");
    expect("type", "multipart/alternative");
    expect("text", mail.text);
    const std::vector<std::string> headers{"From",           "To",           "Subject",     "Date", "Message-ID",
                                           "Auto-Submitted", "MIME-Version", "Content-Type"};
    BOOST_TEST(strings(read.at("headers")) == headers);
    BOOST_TEST(strings(read.at("parts")) == (std::vector<std::string>{"text/plain", "text/html"}));
    BOOST_TEST(strings(read.at("defects")) == std::vector<std::string>{}, json::serialize(read.at("defects")));

    BOOST_TEST(json::serialize(read.at("from")) == R"([["The \"Shop\", Ltd. =?UTF-8?B?","orders","shop.example"]])");
    BOOST_TEST_REQUIRE(read.at("to").as_array().size() == 1u);
    const auto to = strings(read.at("to").as_array()[0]);
    BOOST_TEST(to[0] == "");
    BOOST_TEST((to[1] + "@" + to[2] == order.customer_id || (to[1] == order.customer_id && to[2] == "d.example")));

    std::vector<std::string> cells{"Item", "Quantity", "Price", "Amount"};
    for (const auto& item : order.items)
        cells.insert(cells.end(), {one_line(item.product_id), std::to_string(item.quantity), item.price.to_text(),
                                   item.price.times(item.quantity).value().to_text()});
    cells.insert(cells.end(), {"Total", order.total.to_text()});
    BOOST_TEST(strings(read.at("cells")) == cells, boost::test_tools::per_element());
    const std::vector<std::string> tags{"body", "head",  "html", "meta",  "p",     "table", "tbody",
                                        "td",   "tfoot", "th",   "thead", "title", "tr"};
    BOOST_TEST(strings(read.at("tags")) == tags);
    for (std::size_t i = 0; i < order.items.size(); ++i) {
        const auto line = cells[4 + 4 * i + 1] + " x " + cells[4 + 4 * i] + ", " + cells[4 + 4 * i + 2] +
                          " each: " + cells[4 + 4 * i + 3] + "\n";
        BOOST_TEST(mail.text.find(line) != std::string::npos);
    }
}

}  // namespace

SLUICE_TEST_CASE(any_order_s_mail_is_read_by_others_as_it_was_meant, 60s)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937_64 random{seed};
    const sluice::testing::temporary_folder folder;
    std::vector<std::pair<order_placed, mail_message>> sent;
    std::vector<std::string> command{"/usr/bin/python3", variable("TEST_EMAIL") + "/read_mail.py"};
    while (sent.size() < 1'000) {
        const auto order = random_order(random);
        try {
            const auto mail = confirm(order, shop, "d.example", sending);
            command.push_back(folder / std::to_string(sent.size()).c_str());
            std::ofstream{command.back(), std::ios::binary} << to_wire(mail);
            sent.emplace_back(order, mail);
        } catch (const permanent_failure&) {
        }
    }
    std::istringstream lines{co_await output_of(std::move(command))};
    for (const auto& [order, mail] : sent) {
        BOOST_TEST_CONTEXT("seed " << seed << ", " << to_json(order))
        {
            std::string line;
            BOOST_TEST_REQUIRE(static_cast<bool>(std::getline(lines, line)));
            compare(json::parse(line).as_object(), order, mail);
        }
    }
}
