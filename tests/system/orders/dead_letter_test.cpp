#include "sluice/testing/test_case.hpp"
#include "system/orders/order_system.hpp"
#include "system/orders/store_reader.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

constexpr auto partition = 5;
constexpr auto dead_letters = "order.placed.inventory-service.dlt";

std::string order(const std::string& id, const std::string& quantity)
{
    return R"({"order_id":")" + id + R"(","customer_id":"c-1","items":[{"product_id":"SKU-001","quantity":)" +
           quantity + R"(,"price":1.00}],"total":1.00,"created_at":"2026-02-28T23:59:59Z"})";
}

struct bad_record {
    std::string name;
    std::optional<std::string> value;
    std::string error_class, words;  ///< words that the reason holds
};

const std::vector<bad_record> bad_records{
    {"no text", "\xff\xfe\0\r\n\x80 order"s, "decode", "expected"},
    {"not all of it", order("o-1", "1").substr(0, 60), "decode", "expected"},
    {"a wrong type", order("o-2", R"("two")"), "decode", "items[0].quantity"},
    {"a field too many times", R"({"order_id":"o-3",)" + order("o-3", "1").substr(1), "decode", "order_id"},
    {"no value", std::nullopt, "decode", ""},
    {"no sense", order("o-4", "-1"), "permanent", "SKU-001"},
};

const std::string headers =
    "-H shop=7 -H shop=8 -H empty= -H nothing -H error-of-the-shop=none -H traceparent=00-1-2-01 ";
using header_list = std::vector<std::pair<std::string, std::optional<std::string>>>;
const header_list original_headers{{"shop", "7"},
                                   {"shop", "8"},
                                   {"empty", ""},
                                   {"nothing", std::nullopt},
                                   {"error-of-the-shop", "none"},
                                   {"traceparent", "00-1-2-01"}};

template <class Integer>
std::string big_endian(Integer value)
{
    std::string bytes;
    for (int shift = 8 * (static_cast<int>(sizeof value) - 1); shift >= 0; shift -= 8)
        bytes += static_cast<char>(static_cast<std::uint64_t>(value) >> shift);
    return bytes;
}

void check(const seen_record& letter, const bad_record& bad, std::int64_t offset)
{
    BOOST_TEST_CONTEXT(bad.name)
    {
        BOOST_TEST(letter.partition == partition);
        BOOST_TEST(letter.key.value() == "c-1");
        BOOST_TEST((letter.value == bad.value));
        BOOST_REQUIRE(letter.headers.size() > original_headers.size());
        const header_list kept{letter.headers.begin(), letter.headers.begin() + std::ssize(original_headers)};
        BOOST_TEST((kept == original_headers));

        BOOST_TEST(letter.header("sluice-error-class") == bad.error_class);
        BOOST_TEST(letter.header("sluice-attempt") == "1");
        BOOST_TEST(letter.header("sluice-group") == "inventory-service");
        BOOST_TEST(letter.header("sluice-id") == "order.placed/5/" + std::to_string(offset));
        BOOST_TEST(letter.header("kafka_dlt-original-topic") == "order.placed");
        BOOST_TEST((letter.header("kafka_dlt-original-partition") == big_endian(std::int32_t{partition})));
        BOOST_TEST((letter.header("kafka_dlt-original-offset") == big_endian(offset)));
        BOOST_TEST(letter.header("kafka_dlt-original-timestamp").size() == 8U);
        BOOST_TEST(letter.header("kafka_dlt-original-timestamp-type") == "CreateTime");
        BOOST_TEST(letter.header("kafka_dlt-original-consumer-group") == "inventory-service");
        BOOST_TEST(letter.header("original-topic") == "order.placed");
        const auto error = letter.header("error");
        BOOST_TEST(!error.empty());
        BOOST_TEST(error.find(bad.words) != std::string::npos, error);
        for (const auto* same : {"sluice-error", "kafka_dlt-exception-message"})
            BOOST_TEST(letter.header(same) == error);
        for (const auto* some : {"sluice-first-failure", "sluice-handler", "kafka_dlt-exception-fqcn"})
            BOOST_TEST(!letter.header(some).empty(), some);
    }
}

}  // namespace

SLUICE_TEST_CASE(what_nobody_can_handle_goes_to_the_dead_letters_untouched_and_its_partition_goes_on, 60s)
{
    const auto loop = co_await asio::this_coro::executor;
    order_system system{loop};
    co_await system.kafka.start();
    const auto inventory = co_await system.run("inventory");
    const auto kcat = system.kcat() + "-P -t order.placed -p 5 -k c-1 ";
    const auto good = [&](std::size_t n) {
        return system.shell(kcat + system.file(order("good-" + std::to_string(n), "1")));
    };

    std::size_t n = 0;
    for (const auto& bad : bad_records) {
        const auto value = bad.value ? system.file(*bad.value) : "-Z -K : <" + system.file("c-1:\n");
        co_await system.shell(kcat + headers + value);
        co_await good(n++);
    }
    const auto letters = co_await system.read(dead_letters, bad_records.size());
    BOOST_REQUIRE(letters.size() == bad_records.size());
    for (std::size_t i = 0; i < letters.size(); ++i)
        check(letters[i], bad_records[i], static_cast<std::int64_t>(2 * i));

    co_await until_decided(system.store(), n);
    const auto store = read_store(system.store());
    BOOST_TEST(store.reserved.size() == n);
    for (const auto& [id, reserved] : store.reserved) BOOST_TEST((reserved && id.starts_with("good-")), id);
    BOOST_TEST(store.taken == static_cast<std::int64_t>(n));
    const int status = co_await inventory->process.stop();
    BOOST_TEST(status == 0);
    const auto all = co_await system.read(dead_letters);
    BOOST_TEST(all.size() == bad_records.size());
    co_await system.kafka.discard();
}
