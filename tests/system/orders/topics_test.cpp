#include "sluice/testing/test_case.hpp"
#include "sluice/testing/until.hpp"
#include "system/orders/order_system.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

const std::string items = R"x("items":\[\{"product_id":"SKU-001","quantity":2,"price":29\.99\}\])x";
const std::string time_of_day = R"x("\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z")x";
const std::string text = R"x("[^"]+")x";

// What is documented of each topic, after order and customer.
const std::map<std::string, std::string> documented{
    {"order.placed", items + R"x(,"total":59\.98,"created_at":)x" + time_of_day},
    {"inventory.reserved", items + R"x(,"total":59\.98)x"},
    {"inventory.rejected",
     R"x("reason":"unknown_product","items":\[\{"product_id":"SKU-999","requested":1,"available":0\}\])x"},
    {"inventory.released", items},
    {"payment.captured", items + R"x(,"total":59\.98,"payment_id":)x" + text + R"x(,"captured_at":)x" + time_of_day},
    {"payment.declined", items + R"x(,"total":59\.98,"reason":)x" + text + R"x(,"declined_at":)x" + time_of_day},
    {"email.sent", R"x("message_id":)x" + text + R"x(,"sent_at":)x" + time_of_day},
};

awaitable<std::string> place(http::client& checkout, std::string body)
{
    http::header_fields headers{{"Content-Type", "application/json"}, {"X-Customer-ID", "c-1"}};
    const auto got = co_await checkout.post("/checkout", std::move(body), std::move(headers));
    BOOST_REQUIRE_MESSAGE(got.has_value(), got.error().message());
    BOOST_REQUIRE_MESSAGE(got->status == 202, got->body);
    co_return got->header("Location").value();
}

// Asks until the order has ended in one of the states and its mail is sent. Returns its page.
awaitable<std::string> final_page(http::client& checkout, std::string path, std::vector<std::string> states)
{
    std::string page;
    const auto is_final = [&]() -> awaitable<bool> {
        const auto got = co_await checkout.get(path);
        BOOST_REQUIRE(got.has_value());
        page = got->body;
        const auto says = [&](const std::string& state) {
            return page.find(R"("state":")" + state + '"') != std::string::npos;
        };
        co_return std::ranges::any_of(states, says) && page.find(R"("emailed":)") != std::string::npos;
    };
    co_await testing::until(is_final, "the order has ended and its mail is sent");
    co_return page;
}

}  // namespace

SLUICE_TEST_CASE(clients_of_others_read_every_topic_as_its_documented_json, 120s)
{
    const auto loop = co_await asio::this_coro::executor;
    order_system system{loop};
    co_await system.kafka.start();
    const std::vector<std::string> half{"--provider.declines", "0.5"};
    const auto provider = co_await system.run("payment-provider", half);
    const std::vector<std::string> where{"--payment.provider", "http://127.0.0.1:" + std::to_string(provider->port())};
    const auto checkout = co_await system.run("checkout");
    const auto inventory = co_await system.run("inventory");
    const auto payment = co_await system.run("payment", where);
    const auto email = co_await system.run("email");
    const auto statuses = co_await system.run("order-status");
    http::client client{loop, {.port = checkout->port()}};

    const auto unknown = co_await place(client, R"({"items":[{"product_id":"SKU-999","quantity":1,"price":29.99}]})");
    const std::vector<std::string> rejected{"rejected"}, ends{"paid", "released"};
    co_await final_page(client, unknown, rejected);
    std::set<std::string> reached;
    while (reached.size() < 2) {
        const auto fine = co_await place(client, R"({"items":[{"product_id":"SKU-001","quantity":2,"price":29.99}]})");
        const auto page = co_await final_page(client, fine, ends);
        const bool paid = page.find(R"("state":"paid")") != std::string::npos;
        reached.insert(paid ? "paid" : "released");
        const std::regex times{
            R"x(.*,"total":59\.98,"state":"(paid|released)","times":\{"placed":[^,]+,)x"
            R"x("reserved":[^,]+,("paid":[^,]+|"declined":[^,]+,"released":[^,]+),"emailed":[^,]+\}\})x"};
        BOOST_TEST(std::regex_match(page, times), page);
    }

    std::multiset<std::string> by_kcat;
    std::string all_topics;
    for (const auto& [topic, members] : documented) {
        const std::regex form{R"x(\{"order_id":"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}","customer_id":"c-1",)x" +
                              (topic == "order.placed" ? R"x("items":.*,"total":.*,"created_at":.*)x" : members) +
                              R"x(\})x"};
        const auto seen = co_await system.read(topic);
        BOOST_TEST(!seen.empty(), topic << " is empty");
        bool exact = false;
        for (const auto& one : seen) {
            BOOST_TEST(one.key.value() == "c-1");
            BOOST_TEST(std::regex_match(one.value.value(), form), topic << ": " << *one.value);
            exact = exact || std::regex_search(*one.value, std::regex{members});
            by_kcat.insert(*one.value);
        }
        BOOST_TEST(exact, topic);
        all_topics += (all_topics.empty() ? "" : "|") + topic;
    }
    const auto java = system.tool("org.apache.kafka.tools.consumer.ConsoleConsumer") + "--include '" + all_topics +
                      "' --from-beginning --max-messages " + std::to_string(by_kcat.size());
    std::istringstream lines{co_await system.shell(java)};
    std::multiset<std::string> by_java;
    for (std::string line; std::getline(lines, line);) by_java.insert(line);
    BOOST_TEST(by_java == by_kcat, boost::test_tools::per_element());
    co_await system.kafka.discard();
}
