#include "running_roles.hpp"
#include "sluice/flow/dead_letter.hpp"
#include "sluice/flow/origin.hpp"
#include "sluice/testing/test_case.hpp"
#include "words.hpp"

#include <mutex>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

struct sum {
    std::string key;
    std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(sum, (), (key, amount))
const topic sums{"sums", &sum::key, {.partitions = 2}};

// What reached which handler.
struct seen {
    std::vector<std::string> words;
    std::vector<std::int64_t> sums;
    int word_failures = 0;

    [[nodiscard]] std::size_t all() const { return words.size() + sums.size(); }
    awaitable<> wait_for(std::size_t count) const
    {
        const auto came = [this, count] { return all() >= count; };
        co_await testing::until(came, "so many have reached their handlers");
    }
};

auto keep_word(seen& to)
{
    return [&to](word what, context&) {
        const auto keep = [](seen& to, word what) -> awaitable<> {
            if (what.text == "poison") throw permanent_failure{"poison"};
            if (what.text == "late" && to.word_failures++ < 1) throw std::runtime_error{"not yet"};
            to.words.push_back(what.text);
            co_return;
        };
        return keep(to, std::move(what));
    };
}

auto keep_sum(seen& to)
{
    return [&to](sum what, context&) {
        const auto keep = [](seen& to, sum what) -> awaitable<> {
            if (what.amount < 0) throw permanent_failure{"negative"};
            to.sums.push_back(what.amount);
            co_return;
        };
        return keep(to, std::move(what));
    };
}

std::vector<role_entry> table_of(std::function<awaitable<>(role&)> body, std::vector<duration> again = {})
{
    return {role_entry{"reader", std::move(body), "",
                       reads{"readers", {words, sums}}.tried_again_after(std::move(again)), writes{copies}}};
}

outgoing as(outgoing what, std::string topic, std::string source = {})
{
    what.topic = std::move(topic);
    if (!source.empty()) set_origin(what.headers, {.topic = std::move(source)});
    return what;
}

}  // namespace

SLUICE_TEST_CASE(each_topic_of_a_flow_has_its_handler_its_dead_letters_and_its_redrives)
{
    const auto loop = co_await asio::this_coro::executor;
    seen what;
    const auto role_body = [&](role& self) -> awaitable<> {
        auto all = self.flows({.group = "readers", .order = by_key{.running = 8}}).dead_letter();
        all.on(words, keep_word(what)).on(sums, keep_sum(what));
        co_await all.run();
    };
    running_roles system{loop, table_of(role_body)};
    std::vector<record> dead_words, dead_sums;
    const auto body = [&]() -> awaitable<> {
        const word hello{"a", "hello"}, poison{"a", "poison"}, redriven{"b", "redriven"};
        const sum ten{"a", 10}, negative{"b", -1}, redriven_sum{"b", 20};
        std::vector<outgoing> records;
        records.push_back(words.make(poison));
        records.push_back(words.make(hello));
        records.push_back(sums.make(negative));
        records.push_back(sums.make(ten));
        records.push_back(as(words.make(redriven), retry_topic(words.name(), "readers", {}), words.name()));
        records.push_back(as(sums.make(redriven_sum), retry_topic(sums.name(), "readers", {}), sums.name()));
        co_await system.cluster.send(std::move(records));
        co_await what.wait_for(4);
        dead_words = co_await system.read("words.readers.dlt", 1);
        dead_sums = co_await system.read("sums.readers.dlt", 1);
    };
    const auto status = co_await system.run(body);
    BOOST_TEST(status == 0);
    std::ranges::sort(what.words);
    std::ranges::sort(what.sums);
    BOOST_TEST((what.words == std::vector<std::string>{"hello", "redriven"}));
    BOOST_TEST((what.sums == std::vector<std::int64_t>{10, 20}));
    BOOST_TEST(dead_words.front().header("sluice-error").value() == "poison");
    BOOST_TEST(dead_sums.front().header("sluice-error").value() == "negative");
}

SLUICE_TEST_CASE(what_failed_on_one_of_several_topics_comes_again_by_the_retry_topic_of_that)
{
    const auto loop = co_await asio::this_coro::executor;
    seen what;
    const auto role_body = [&](role& self) -> awaitable<> {
        auto all = self.flows({.group = "readers", .order = unordered{}}).dead_letter();
        all.on(words, keep_word(what)).on(sums, keep_sum(what));
        co_await all.run();
    };
    running_roles system{loop, table_of(role_body, {300ms})};
    std::vector<record> detoured;
    const auto body = [&]() -> awaitable<> {
        const word late{"a", "late"};
        std::vector<outgoing> records(1, words.make(late));
        co_await system.cluster.send(std::move(records));
        co_await what.wait_for(1);
        detoured = co_await system.read(retry_topic(words.name(), "readers", 300ms), 1);
    };
    const auto status = co_await system.run(body);
    BOOST_TEST(status == 0);
    BOOST_TEST((what.words == std::vector<std::string>{"late"}));
    BOOST_TEST(detoured.size() == 1u);
}

SLUICE_TEST_CASE(batches_of_several_topics_reach_each_its_handler)
{
    const auto loop = co_await asio::this_coro::executor;
    seen what;
    const auto take_words = [&](std::span<const word> some, batch_context&) -> awaitable<> {
        for (const auto& one : some) what.words.push_back(one.text);
        co_return;
    };
    const auto take_sums = [&](std::span<const sum> some, batch_context&) -> awaitable<> {
        for (const auto& one : some) what.sums.push_back(one.amount);
        co_return;
    };
    const auto role_body = [&](role& self) -> awaitable<> {
        auto all = self.flows().dead_letter();
        all.on_batch(words, take_words).on_batch(sums, take_sums);
        co_await all.run();
    };
    running_roles system{loop, table_of(role_body)};
    const auto body = [&]() -> awaitable<> {
        std::vector<outgoing> records;
        for (int i = 0; i < 10; ++i) {
            const word text{"k", std::to_string(i)};
            const sum number{"k", i};
            records.push_back(words.make(text));
            records.push_back(sums.make(number));
        }
        co_await system.cluster.send(std::move(records));
        co_await what.wait_for(20);
    };
    const auto status = co_await system.run(body);
    BOOST_TEST(status == 0);
    BOOST_TEST((what.words == std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}));
    BOOST_TEST((what.sums == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

SLUICE_TEST_CASE(an_exactly_once_flow_of_several_topics_emits_what_each_handler_says, 60s)
{
    const auto loop = co_await asio::this_coro::executor;
    const auto copy_word = [](word what, context&) -> awaitable<reply> { co_return emit(copies, what); };
    const auto copy_sum = [](sum what, context&) -> awaitable<reply> {
        co_return emit(copies, {what.key, std::to_string(what.amount)});
    };
    const auto role_body = [&](role& self) -> awaitable<> {
        auto all = self.flows({.group = "readers"}).exactly_once().dead_letter();
        all.on(words, copy_word).on(sums, copy_sum);
        co_await all.run();
    };
    running_roles system{loop, table_of(role_body), {{"instance", "one"}}};
    std::vector<record> copied;
    const auto body = [&]() -> awaitable<> {
        const word hello{"a", "hello"};
        const sum ten{"a", 10};
        std::vector<outgoing> records;
        records.push_back(words.make(hello));
        records.push_back(sums.make(ten));
        co_await system.cluster.send(std::move(records));
        copied = co_await system.read(copies.name(), 2);
    };
    co_await system.run(body);
    std::set<std::string> texts;
    for (const auto& one : copied) texts.insert(payload_of<word>(one).text);
    BOOST_TEST((texts == std::set<std::string>{"10", "hello"}));
}

SLUICE_TEST_CASE(a_topic_that_the_role_does_not_declare_is_refused_among_others)
{
    const auto loop = co_await asio::this_coro::executor;
    const auto take = [](word, context&) -> awaitable<> { co_return; };
    const auto role_body = [&](role& self) -> awaitable<> {
        auto all = self.flows({.group = "readers"});
        all.on(words, take).on(copies, take);
        co_await all.run();
    };
    running_roles system{loop, table_of(role_body)};
    std::string error;
    try {
        co_await system.run();
    } catch (const failure& e) {
        error = e.what();
    }
    BOOST_TEST(error ==
               "the role reader reads words.copied as the group readers, which the role table does not declare");
}
