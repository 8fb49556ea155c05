#include "sluice/testing/test_case.hpp"
#include "system/orders/order_system.hpp"
#include "system/orders/store_reader.hpp"

#include <sqlite3.h>

#include <csignal>
#include <cstdlib>
#include <set>

using namespace sluice;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

constexpr auto dead_letters = "order.placed.inventory-service.dlt";
constexpr auto again = "order.placed.inventory-service.retry.0s";

std::string order(const std::string& id)
{
    return R"({"order_id":")" + id + R"(","customer_id":"c-1","items":[{"product_id":"SKU-001","quantity":2,)" +
           R"("price":1.00}],"total":2.00,"created_at":"2026-02-28T23:59:59Z"})";
}

// As an operator would mend the warehouse's file while the role runs.
void mend(const std::filesystem::path& file, const std::string& sql)
{
    sqlite3* opened = nullptr;
    BOOST_REQUIRE(sqlite3_open(file.c_str(), &opened) == SQLITE_OK);
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> closing{opened, sqlite3_close};
    sqlite3_busy_timeout(opened, 5'000);
    BOOST_REQUIRE(sqlite3_exec(opened, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
}

std::string apps(const order_system& system, const std::string& command)
{
    return std::string{std::getenv("TEST_APPS")} + ' ' + command + " --kafka.bootstrap.servers " +
           system.kafka.bootstrap_servers() + ' ';
}

bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != text.npos;
}

std::int64_t sum(const std::vector<std::int64_t>& all)
{
    std::int64_t total = 0;
    for (const auto one : all) total += one;
    return total;
}

}  // namespace

SLUICE_TEST_CASE(a_dead_letter_is_listed_shown_mended_and_redriven_to_the_group_that_failed_alone, 120s)
{
    const auto loop = co_await asio::this_coro::executor;
    order_system system{loop};
    co_await system.kafka.start();
    const auto inventory = co_await system.run("inventory");
    mend(system.store(), "insert into decision (order_id, reserved) values ('o-1', 0)");  // somebody else's decision
    co_await system.shell(system.kcat() + "-P -t order.placed -p 5 -k c-1 -H shop=7 " + system.file(order("o-1")));
    co_await system.read(dead_letters, 1);

    const auto listed = co_await system.shell(apps(system, "dlq list inventory"));
    BOOST_TEST(contains(listed, "order.placed.inventory-service.dlt  sluice  permanent  inventory  "), listed);
    BOOST_TEST(contains(listed, "dead letters: 1\n"));
    const auto shown = co_await system.shell(apps(system, "dlq show inventory --offset 5/0"));
    BOOST_TEST(contains(shown, "  from     order.placed/5/0, "), shown);
    BOOST_TEST(contains(shown, "  headers  shop=7\n"));

    // Not mended: it fails again, is told as of its source, and counts.
    const auto failing = co_await system.shell(apps(system, "dlq redrive inventory"));
    BOOST_TEST(contains(failing, R"("to":"order.placed.inventory-service.retry.0s/5/0","redrives":1)"), failing);
    const auto letters = co_await system.read(dead_letters, 2);
    BOOST_TEST(letters[1].header("sluice-id") == "order.placed/5/0");
    BOOST_TEST(letters[1].header("sluice-redrives") == "1");
    for (const auto* same : {"kafka_dlt-original-topic", "kafka_dlt-original-partition", "kafka_dlt-original-offset",
                             "kafka_dlt-original-timestamp", "shop"})
        BOOST_TEST(letters[1].header(same) == letters[0].header(same), same);
    BOOST_TEST((letters[1].value == letters[0].value));

    mend(system.store(), "delete from decision");
    const auto mended = co_await system.shell(apps(system, "dlq redrive inventory"));
    BOOST_TEST(contains(mended, R"("letter":"order.placed.inventory-service.dlt/5/1")"), mended);
    co_await until_decided(system.store(), 1);
    const auto none = co_await system.shell(apps(system, "dlq redrive inventory"));
    BOOST_TEST(none == "", none);

    const int status = co_await inventory->process.stop();
    BOOST_TEST(status == 0);
    const auto store = read_store(system.store());
    BOOST_TEST(store.reserved.at("o-1"));
    BOOST_TEST(store.taken == 2);
    const auto reserved = co_await system.read("inventory.reserved");
    BOOST_TEST(reserved.size() == 1U);
    // Other groups read the source, which has the order once; what was redriven is for this group alone.
    const auto source = co_await system.ends("order.placed", 12);
    BOOST_TEST(sum(source) == 1);
    const auto redriven = co_await system.ends(again, 12);
    BOOST_TEST(sum(redriven) == 2);
    const auto dead = co_await system.ends(dead_letters, 12);
    BOOST_TEST(sum(dead) == 2);
    co_await system.kafka.discard();
}

SLUICE_TEST_CASE(an_interrupted_redrive_resumes_and_a_missing_topic_is_created_or_told, 120s)
{
    const auto loop = co_await asio::this_coro::executor;
    order_system system{loop};
    co_await system.kafka.start();
    const auto create = system.tool("org.apache.kafka.tools.TopicCommand") + "--create --topic ";
    co_await system.shell(create + "a.g.dlt --partitions 1 && " + create + "a --partitions 3");
    std::string lines;
    for (int i = 0; i < 40; ++i) lines += std::to_string(i) + '\n';
    co_await system.shell(system.kcat() +
                          "-P -t a.g.dlt -H sluice-error-class=permanent -H sluice-group=g -H sluice-handler=h "
                          "-H kafka_dlt-original-topic=a -H kafka_dlt-original-partition=hostile <" +
                          system.file(lines));

    const auto audit = (system.folder / "audit").string();
    const auto cut = co_await system.shell(
        apps(system, "dlq redrive a.g.dlt --rate 10 --audit " + audit) + "& pid=$!; touch " + audit +
        "; until [ $(wc -l <" + audit +
        ") -ge 5 ]; do sleep 0.1; done; kill -TERM $pid; wait $pid; echo status $?; cat " + audit);
    const auto rest = co_await system.shell(apps(system, "dlq redrive a.g.dlt"));
    const auto lines_of = [](const std::string& text) { return std::ranges::count(text, '{'); };
    BOOST_TEST(lines_of(cut) > 0);
    BOOST_TEST(lines_of(rest) > 0);
    BOOST_TEST(lines_of(cut) + lines_of(rest) == 40);
    const auto made = co_await system.ends("a.g.retry.0s", 3);
    BOOST_TEST(sum(made) == 40);
    std::set<std::string> values;
    for (const auto& one : co_await system.read("a.g.retry.0s")) values.insert(one.value.value());
    BOOST_TEST(values.size() == 40U);

    const auto nowhere = co_await system.shell(apps(system, "produce nowhere --value x") + "2>&1; echo status $?");
    BOOST_TEST(contains(nowhere, "there is no topic nowhere"), nowhere);
    BOOST_TEST(contains(nowhere, "status 1\n"));
    const auto unknown = co_await system.shell(apps(system, "dlq list a.g.dtl") + "2>&1; echo status $?");
    BOOST_TEST(contains(unknown, "did you mean `a.g.dlt`?\nstatus 2\n"), unknown);
    co_await system.kafka.discard();
}

SLUICE_TEST_CASE(letters_as_others_write_them_are_listed_on_apache_kafka, 120s)
{
    const auto loop = co_await asio::this_coro::executor;
    order_system system{loop};
    co_await system.kafka.start();
    co_await system.shell(system.tool("org.apache.kafka.tools.TopicCommand") +
                          "--create --topic others --partitions 1");
    const auto send = system.kcat() + "-P -t others -k k ";
    for (const auto* headers :
         {"-H kafka_dlt-original-topic=o -H kafka_dlt-exception-fqcn=java.lang.IllegalStateException",
          "-H __connect.errors.topic=o -H __connect.errors.partition=3 -H __connect.errors.offset=258 "
          "-H __connect.errors.connector.name=s3 -H __connect.errors.stage=VALUE_CONVERTER "
          "-H __connect.errors.exception.class.name=org.apache.kafka.connect.errors.DataException",
          "-H '__streams.errors.exception=java.lang.ArithmeticException: / by zero' -H __streams.errors.topic=o",
          "-H dead-letter-topic=o -H dead-letter-exception-class-name=java.lang.RuntimeException",
          "-H sluice-error-class -H kafka_dlt-original-topic=../../etc -H sluice-redrives=-99999999999999999999"}) {
        const auto value = system.file("v");
        co_await system.shell(send + headers + ' ' + value);
    }
    const auto listed = co_await system.shell(apps(system, "dlq list others"));
    for (const auto* line :
         {"others  connect   VALUE_CONVERTER  s3       org.apache.kafka.connect.errors.DataException  1",
          "others  spring    -                -        java.lang.IllegalStateException",
          "others  streams   -                -        java.lang.ArithmeticException",
          "others  smallrye  -                -        java.lang.RuntimeException",
          "others  sluice    -                -        -", "dead letters: 5\n"})
        BOOST_TEST(contains(listed, line), listed);
    const auto shown = co_await system.shell(apps(system, "dlq show others --class Data"));
    BOOST_TEST(contains(shown, "  from     o/3/258\n"), shown);
    const auto redriven = co_await system.shell(apps(system, "dlq redrive others") + "; echo status $?");
    BOOST_TEST(contains(redriven, "status 1\n"));
    co_await system.kafka.discard();
}

SLUICE_TEST_CASE(letters_that_were_written_in_transactions_are_read_to_the_last_marker, 120s)
{
    const auto loop = co_await asio::this_coro::executor;
    order_system system{loop};
    co_await system.kafka.start();
    co_await system.shell(system.tool("org.apache.kafka.tools.TopicCommand") +
                          "--create --topic others --partitions 2");
    co_await system.shell(system.offline_tool("org.apache.kafka.tools.ProducerPerformance") +
                          "--topic others --num-records 7 --record-size 10 --throughput -1 --transactional-id t "
                          "--transaction-duration-ms 1 --producer-props bootstrap.servers=" +
                          system.kafka.bootstrap_servers());
    const auto listed = co_await system.shell(apps(system, "dlq list others"));
    BOOST_TEST(contains(listed, "dead letters: 7\n"), listed);
    const auto redriven = co_await system.shell(apps(system, "dlq redrive others --limit 1") + "2>&1; echo status $?");
    BOOST_TEST(contains(redriven, "redriven: 0; refused: 7\nstatus 1\n"), redriven);
    co_await system.kafka.discard();
}
