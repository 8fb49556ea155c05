#include "running_roles.hpp"
#include "sluice/record/record_id.hpp"
#include "sluice/testing/test_case.hpp"
#include "words.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

const topic<word> undeclared{"words.nowhere", &word::key, {.partitions = 1}};

awaitable<reply> copy_word(word what, context&)
{
    co_return what.key == "nowhere" ? emit(undeclared, what) : emit(copies, what);
}

awaitable<> copy_once(role& self)
{
    auto all = self.flow(words, {.group = "copiers"}).exactly_once().dead_letter();
    co_await all.run(copy_word);
}

}  // namespace

// The embedded broker forgets the offsets of transactions: that they are there together is tested on Apache Kafka.
SLUICE_TEST_CASE(an_exactly_once_role_sends_in_transactions_and_only_what_is_declared, 60s)
{
    const auto loop = co_await asio::this_coro::executor;
    std::vector<role_entry> table(
        1, role_entry{"copier", copy_once, "Copies words", reads{"copiers", {words}}, writes{copies}});
    running_roles system{loop, std::move(table), {{"instance", "one"}, {"shards", "2"}}};
    const std::vector<word> sent{{"a", "1"}, {"nowhere", "2"}, {"b", "3"}};
    std::vector<record> copied, dead;
    const auto body = [&]() -> awaitable<> {
        std::vector<outgoing> records;
        for (const auto& one : sent) records.push_back(words.make(one));
        co_await system.cluster.send(std::move(records));
        copied = co_await system.read(copies.name(), 2);
        dead = co_await system.read("words.copiers.dlt", 1);
    };
    co_await system.run(body);
    BOOST_TEST(copied.size() == 2U);
    for (const auto& one : copied) BOOST_TEST(one.header(record_id::header_name).has_value());
    BOOST_TEST_REQUIRE(dead.size() == 1U);
    BOOST_TEST(dead.front().header("error")->find("does not declare") != std::string_view::npos);
}
