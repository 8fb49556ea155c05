#include "sluice/testing/test_case.hpp"
#include "system/orders/order_system.hpp"
#include "system/orders/store_reader.hpp"

#include <random>
#include <regex>
#include <set>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr auto console_producer = "org.apache.kafka.tools.ConsoleProducer";

awaitable<std::string> place_order(http::client& checkout, std::string customer, std::string items)
{
    http::header_fields headers{{"Content-Type", "application/json"}, {"X-Customer-ID", customer}};
    const auto answer = co_await checkout.post("/checkout", R"({"items":[)" + items + "]}", std::move(headers));
    BOOST_REQUIRE_MESSAGE(answer.has_value(), answer.error().message());
    BOOST_REQUIRE_MESSAGE(answer->status == 202, answer->body);
    const std::string before = R"({"order_id":")";
    co_return answer->body.substr(before.size(), 36);
}

// As another program writes it: its own spacing and order, fields that nobody here knows; long enough to be compressed.
std::string foreign_order(const std::string& id)
{
    std::string items;
    for (int i = 1; i <= 9; ++i)
        items += (i > 1 ? ", " : "") + (R"({ "price": 1.5, "quantity": 1, "product_id": "SKU-00)" + std::to_string(i)) +
                 R"(", "colour": null })";
    return R"({ "created_at": "2026-02-28T23:59:59+01:00", "total": 13.50, "items": [)" + items +
           R"(], "source": {"shop": [1, 2.5e3]}, "customer_id": "c-foreign", "order_id": ")" + id + "\" }";
}

// Different ones, of visible ASCII and of longer UTF-8 sequences.
std::set<std::string> random_keys(std::size_t count)
{
    std::vector<std::string> letters{"é", "ß", "日", "本", "😀"};
    for (char c = '!'; c <= '~'; ++c) letters.emplace_back(1, c);
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random{seed};
    std::set<std::string> keys;
    while (keys.size() < count) {
        std::string key;
        for (auto left = 1 + random() % 30; left > 0; --left) key += letters[random() % letters.size()];
        keys.insert(key);
    }
    return keys;
}

}  // namespace

SLUICE_TEST_CASE(a_placed_order_is_the_documented_json, 60s)
{
    const auto loop = co_await asio::this_coro::executor;
    order_system system{loop};
    co_await system.kafka.start();
    const auto checkout = co_await system.run("checkout");
    const auto inventory = co_await system.run("inventory");
    http::client client{loop, {.port = checkout->port()}};
    const std::string items = R"({"product_id":"SKU-001","quantity":2,"price":29.99},)"
                              R"({"product_id":"SKU-002","quantity":1,"price":0.10},)"
                              R"({"product_id":"SKU-003","quantity":10,"price":1000.00})";
    const auto id = co_await place_order(client, "c-1", items);

    const auto placed = co_await system.read("order.placed", 1);
    BOOST_REQUIRE(placed.size() == 1U);
    BOOST_TEST(placed[0].key.value() == "c-1");
    BOOST_TEST(placed[0].header("sluice-id") == id);
    const auto start =
        R"({"order_id":")" + id + R"(","customer_id":"c-1","items":[)" + items + R"(],"total":10060.08,)";
    const auto& text = placed[0].value.value();
    BOOST_TEST(text.substr(0, start.size()) == start);
    const std::regex time{R"("created_at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z"\})"};
    BOOST_TEST(std::regex_match(text.substr(std::min(start.size(), text.size())), time), text);

    const auto java = system.tool("org.apache.kafka.tools.consumer.ConsoleConsumer");
    const auto seen_by_java = co_await system.shell(java + "--topic order.placed --from-beginning --max-messages 1");
    BOOST_TEST(seen_by_java == text + "\n");

    const auto reserved = co_await system.read("inventory.reserved", 1);
    BOOST_TEST(reserved.at(0).key.value() == "c-1");
    BOOST_TEST(reserved.at(0).value.value() ==
               R"({"order_id":")" + id + R"(","customer_id":"c-1","items":[)" + items + R"(],"total":10060.08})");
    co_await system.kafka.discard();
}

SLUICE_TEST_CASE(records_of_other_clients_are_handled_alike, 60s)
{
    const auto loop = co_await asio::this_coro::executor;
    order_system system{loop};
    co_await system.kafka.start();
    const auto inventory = co_await system.run("inventory");

    std::set<std::string> sent;
    for (const std::string codec : {"none", "gzip", "snappy", "lz4", "zstd"}) {
        const auto send = [&](const std::string& id) {
            sent.insert(id);
            return system.file(foreign_order(id) + "\n");
        };
        const auto kcat = system.kcat() + "-P -t order.placed -z " + codec + " ";
        const auto keyless = "<" + send("kcat-without-key-" + codec);
        co_await system.shell(kcat + keyless);
        const auto keyed = "-k c-9 -H shop=7 -H shop=8 -H empty= -H sluice-id=shop-" + codec + " <";
        const auto with_headers = keyed + send("kcat-" + codec);
        co_await system.shell(kcat + with_headers);
        const auto java = system.tool(console_producer) + "--topic order.placed --compression-codec " + codec + " ";
        const auto plain = "<" + send("java-without-key-" + codec);
        co_await system.shell(java + plain);
        sent.insert("java-" + codec);
        const auto line = "shop:7,language:äö\tc-9\t" + foreign_order("java-" + codec) + "\n";
        const auto properties = "--reader-property parse.key=true --reader-property parse.headers=true <";
        const auto with_all = properties + system.file(line);
        co_await system.shell(java + with_all);
    }
    co_await until_decided(system.store(), sent.size());
    const auto store = read_store(system.store());
    BOOST_TEST(store.reserved.size() == sent.size());
    for (const auto& id : sent) BOOST_TEST((store.reserved.contains(id) && store.reserved.at(id)), id);
    const auto events = co_await system.read("inventory.reserved", sent.size());
    for (const auto& one : events) BOOST_TEST(one.key.value() == "c-foreign");

    const auto segments = system.folder / "kafka/broker-1";
    const auto dump = system.offline_tool("org.apache.kafka.tools.DumpLogSegments") + "--files $(echo " +
                      segments.string() + "/order.placed-*/*.log | tr ' ' ,)";
    const auto batches = co_await system.shell(dump);
    for (const auto* codec : {"none", "gzip", "snappy", "lz4", "zstd"})
        BOOST_TEST(batches.find("compresscodec: " + std::string{codec}) != std::string::npos, codec);
    co_await system.kafka.discard();
}

SLUICE_TEST_CASE(a_key_is_on_the_partition_that_the_java_client_chooses, 60s)
{
    const auto loop = co_await asio::this_coro::executor;
    order_system system{loop};
    co_await system.kafka.start();
    const auto checkout = co_await system.run("checkout");
    http::client client{loop, {.port = checkout->port()}};
    std::string lines;
    const auto keys = random_keys(300);
    for (const auto& key : keys) {
        co_await place_order(client, key, R"({"product_id":"SKU-001","quantity":1,"price":1.00})");
        lines += key + "\tof Java\n";
    }
    const auto java = system.tool(console_producer) + "--topic order.placed --reader-property parse.key=true <";
    co_await system.shell(java + system.file(lines));

    std::map<std::string, std::int64_t> ours, javas;
    std::set<std::int64_t> used;
    const auto log = co_await system.read("order.placed");
    for (const auto& one : log) {
        (one.value == "of Java" ? javas : ours)[one.key.value()] = one.partition;
        used.insert(one.partition);
    }
    BOOST_TEST(ours.size() == keys.size());
    BOOST_TEST(used.size() == 12U);
    for (const auto& key : keys) BOOST_TEST(ours.at(key) == javas.at(key), key);
    co_await system.kafka.discard();
}
