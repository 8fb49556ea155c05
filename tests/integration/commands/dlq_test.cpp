#include "program_run.hpp"
#include "sluice/flow/dead_letter.hpp"
#include "sluice/flow/origin.hpp"
#include "sluice/testing/test_case.hpp"

#include <csignal>
#include <set>

using namespace sluice;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

const auto letters = dead_letter_topic(words.name(), "copiers");
const auto again = retry_topic(words.name(), "copiers", {});

struct dead_letters {
    program_run run;
    asio::any_io_executor loop;
    int status = -1;
    std::string printed;

    explicit dead_letters(asio::any_io_executor loop) : loop{std::move(loop)} {}

    static outgoing letter(std::int64_t offset, std::string_view reason, headers more = {})
    {
        const auto failed = record::make({words.name(), 1}, offset, "k" + std::to_string(offset % 3),
                                         "value " + std::to_string(offset), std::move(more));
        return make_dead_letter(failed,
                                {.group = "copiers",
                                 .handler = "copier",
                                 .error_class = reason,
                                 .error_type = reason == "decode" ? "sluice::undecodable" : "std::runtime_error",
                                 .error = "no\x1b[31m"},
                                words.partitions());
    }

    awaitable<> send(int count, std::string_view reason = "permanent", std::int64_t first = 0)
    {
        std::vector<outgoing> records;
        for (std::int64_t i = first; i < first + count; ++i) records.push_back(letter(i, reason));
        co_await run.cluster.send(std::move(records));
    }

    // A command to its end.
    template <class... Words>
    awaitable<> dlq(Words... words)
    {
        std::vector<std::string> arguments{"dlq"};
        (arguments.emplace_back(words), ...);
        return dlq_with(std::move(arguments));
    }

    awaitable<> dlq_with(std::vector<std::string> arguments)
    {
        const auto before = run.printed().size();
        start(std::move(arguments));
        status = co_await run.child->wait();
        printed = run.printed().substr(before);
    }

    void start(std::vector<std::string> arguments)
    {
        // The embedded broker keeps a member that has left until its session is over, and takes three seconds to form
        // a group: a shorter session would end before.
        arguments.insert(arguments.end(),
                         {"--kafka.session.timeout.ms", "4000", "--kafka.heartbeat.interval.ms", "200"});
        run.start(loop, std::move(arguments));
    }

    // The ids of all that is in a topic's partition now.
    awaitable<std::vector<std::string>> ids(std::string topic)
    {
        std::vector<outgoing> last;
        last.push_back({.topic = topic, .value = "the end", .partition = 1});
        co_await run.cluster.send(std::move(last));
        testing::topic_reader reader{loop, run.cluster.broker.client_settings(), run.cluster.blocking};
        co_await reader.open(std::move(topic));
        std::vector<std::string> found;
        for (bool ended = false; !ended;) {
            const auto some = co_await reader.read(1);
            for (const auto& one : some) {
                ended = ended || one.value() == "the end";
                if (!ended) found.emplace_back(one.header("sluice-id").value_or(""));
            }
        }
        co_await reader.close();
        co_return found;
    }
};

// Flags, and how many of three permanent and two undecodable letters fit.
std::vector<std::pair<std::vector<std::string>, int>> filters()
{
    return {{{"--class", "runtime"}, 3}, {{"--key", "k0"}, 2},     {{"--handler", "other"}, 0},
            {{"--since", "1h"}, 5},      {{"--until", "1h"}, 0},   {{"--offset", "1/1..3"}, 3},
            {{"--offset", "0/1"}, 0},    {{"--from", "words"}, 5}, {{"--key", "k0", "--key", "k1"}, 4}};
}

// By Spring Kafka (twice), Kafka Connect, Kafka Streams, SmallRye; then by somebody who means no good.
std::vector<headers> letters_of_others()
{
    const auto four = "\0\0\0\x03"s, eight = "\0\0\0\0\0\0\x01\x02"s;
    return {{{"kafka_dlt-original-topic", "orders"},
             {"kafka_dlt-original-partition", four},
             {"kafka_dlt-original-offset", eight},
             {"kafka_dlt-exception-fqcn", "java.lang.IllegalStateException"}},
            {{"kafka_original-topic", "orders"}, {"kafka_exception-fqcn", "java.io.IOException"}},
            {{"__connect.errors.topic", "orders"},
             {"__connect.errors.partition", "3"},
             {"__connect.errors.offset", "258"},
             {"__connect.errors.connector.name", "s3-sink"},
             {"__connect.errors.stage", "VALUE_CONVERTER"},
             {"__connect.errors.exception.class.name", "org.apache.kafka.connect.errors.DataException"}},
            {{"__streams.errors.exception", "java.lang.ArithmeticException: / by zero"},
             {"__streams.errors.topic", "orders"}},
            {{"dead-letter-topic", "orders"}, {"dead-letter-exception-class-name", "java.lang.RuntimeException"}},
            {{"kafka_dlt-original-topic", "\x1b[2J\n"}, {"kafka_dlt-original-partition", "x"}},
            {{"dead-letter-reason", std::string(100'000, '\xff')}, {"dead-letter-offset", "99999999999999999999"}},
            {{"__connect.errors.exception.class.name", "\x1b]0;owned\x07\n"}},
            {{"", std::nullopt}, {"sluice-error-class", std::nullopt}, {"sluice-redrives", "-1"}},
            {}};
}

int count(const std::string& text, const std::string& part)
{
    int found = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
    return found;
}

}  // namespace

SLUICE_TEST_CASE(dead_letters_are_counted_by_what_they_have_in_common, 60s)
{
    dead_letters test{co_await asio::this_coro::executor};
    co_await test.dlq("list");
    BOOST_TEST(test.printed == "dead letters: 0\n");
    co_await test.send(3);
    co_await test.send(2, "decode", 3);
    for (const auto* operand : {"copier", "words", "words.copiers.dlt"}) {
        co_await test.dlq("list", operand);
        BOOST_TEST(test.status == 0);
        BOOST_TEST(contains(test.printed, "words.copiers.dlt  sluice  decode     copier   sluice::undecodable  2"));
        BOOST_TEST(contains(test.printed, "words.copiers.dlt  sluice  permanent  copier   std::runtime_error   3"));
        BOOST_TEST(contains(test.printed, "dead letters: 5\n"));
    }
    co_await test.dlq("list", "--reason", "decode", "--json");
    BOOST_TEST(contains(test.printed, R"("reason":"decode","handler":"copier","error_class":"sluice::undecodable","co)"
                                      R"(unt":2,"first":")"));
    BOOST_TEST(count(test.printed, "\n") == 1);
    for (const auto& [flags, fit] : filters()) {
        std::vector<std::string> arguments{"dlq", "list"};
        arguments.insert(arguments.end(), flags.begin(), flags.end());
        co_await test.dlq_with(std::move(arguments));
        BOOST_TEST(contains(test.printed, "dead letters: " + std::to_string(fit) + "\n"), flags[0] + ' ' + flags[1]);
    }
    co_await test.dlq("list", "wrods");
    BOOST_TEST(test.status == 2);
    BOOST_TEST(contains(test.printed, "there is no topic, and no role, `wrods`; did you mean `words`?"));
}

SLUICE_TEST_CASE(letters_of_other_makers_are_listed_and_hostile_ones_do_no_harm, 60s)
{
    dead_letters test{co_await asio::this_coro::executor};
    test.run.cluster.broker.create_topic("others", 1);
    std::vector<outgoing> records;
    for (auto& one : letters_of_others())
        records.push_back({.topic = "others", .value = "v", .headers = std::move(one)});
    co_await test.run.cluster.send(std::move(records));

    co_await test.dlq("list", "others");
    BOOST_TEST(test.status == 0);
    for (const auto* line :
         {"others  connect   VALUE_CONVERTER  s3-sink  org.apache.kafka.connect.errors.DataException", "1",
          "others  spring    -                -        java.lang.IllegalStateException",
          "others  spring    -                -        java.io.IOException",
          "others  streams   -                -        java.lang.ArithmeticException ",
          "others  smallrye  -                -        java.lang.RuntimeException", "\\x1b]0;owned\\x07\\x0a",
          "others  unknown   -", "dead letters: 10\n"})
        BOOST_TEST(contains(test.printed, line), line);
    BOOST_TEST(!contains(test.printed, "\x1b"));

    co_await test.dlq("show", "others", "--limit", "0");
    BOOST_TEST(test.status == 0);
    BOOST_TEST(contains(test.printed, "  from     orders/3/258\n  by       spring\n"));
    BOOST_TEST(contains(test.printed, "  from     orders/3/258\n  by       connect, handler s3-sink\n"));
    BOOST_TEST(!contains(test.printed, "\x1b"));

    co_await test.dlq("redrive", "others");
    BOOST_TEST(test.status == 1);
    BOOST_TEST(count(test.printed, R"("outcome":"refused")") == 10);
    BOOST_TEST(contains(test.printed, "redriven: 0; refused: 10\n"));
}

SLUICE_TEST_CASE(a_letter_is_shown_whole, 60s)
{
    dead_letters test{co_await asio::this_coro::executor};
    std::vector<outgoing> records(1, dead_letters::letter(7, "exhausted", {{"tenant", "\xff\0"s}}));
    records.front().value = "\xfe\xff";
    co_await test.run.cluster.send(std::move(records));
    co_await test.send(12, "decode", 8);

    co_await test.dlq("show", "copier", "--offset", "1/0");
    BOOST_TEST(test.status == 0);
    for (const auto* line :
         {"words.copiers.dlt/1/0  20", "  from     words/1/7, 1970-01-01T00:00:00.000Z\n",
          "  by       sluice, group copiers, handler copier\n", "  reason   exhausted, after 1 attempt, first at ",
          "  error    std::runtime_error: no\\x1b[31m\n", "  id       words/1/7\n", "  key      k1\n",
          "  headers  tenant=\\xff\\x00\n", "           sluice-error-class=exhausted\n", "  value    \\xfe\\xff\n"})
        BOOST_TEST(contains(test.printed, line), line);

    co_await test.dlq("show", "copier", "--offset", "1/0", "--json");
    for (const auto* part :
         {R"({"topic":"words.copiers.dlt","provenance":{"by":"sluice","topic":"words","group":"copiers",)",
          R"("partition":1,"offset":7,)", R"("redrives":0},"id":"words/1/7","partition":1,"offset":0,)",
          R"("value_base64":"/v8="})", R"("value_base64":"/wA=")"})
        BOOST_TEST(contains(test.printed, part), part);

    co_await test.dlq("show", "copier");
    BOOST_TEST(count(test.printed, "  from     ") == 10);
    BOOST_TEST(contains(test.printed, "3 more are not shown: --limit 0 shows all\n"));
    co_await test.dlq("consume", "x");
    BOOST_TEST(test.status == 2);
}

SLUICE_TEST_CASE(letters_are_redriven_to_the_group_alone_each_once, 90s)
{
    dead_letters test{co_await asio::this_coro::executor};
    co_await test.send(6);
    co_await test.send(4, "decode", 6);

    co_await test.dlq("redrive", "copier", "--reason", "decode", "--dry-run");
    BOOST_TEST(test.status == 0);
    BOOST_TEST(count(test.printed, R"("outcome":"dry-run")") == 4);
    BOOST_TEST(contains(test.printed, "would be redriven: 4\n"));

    co_await test.dlq("redrive", "copier", "--reason", "decode");
    BOOST_TEST(test.status == 0);
    BOOST_TEST(contains(test.printed, "redriven: 4\n"));
    BOOST_TEST(contains(test.printed,
                        R"("outcome":"redriven","letter":"words.copiers.dlt/1/6","id":"words/1/6","key":"k0")"
                        R"(,"from":"words/1/6","reason":"decode","error_class":"sluice::undecodable",)"
                        R"("handler":"copier","to":"words.copiers.retry.0s/1/0","redrives":1})"));
    co_await test.dlq("redrive", "copier", "--dry-run");
    BOOST_TEST(contains(test.printed, "would be redriven: 6; redriven earlier, and left: 4\n"));
    co_await test.dlq("redrive", "copier", "--limit", "2");
    BOOST_TEST(contains(test.printed, "redriven: 2\n"));
    co_await test.dlq("redrive", "copier");
    BOOST_TEST(contains(test.printed, "redriven: 4; redriven earlier, and left: 4\n"));
    co_await test.dlq("redrive", "copier", "--dry-run");
    BOOST_TEST(contains(test.printed, "would be redriven: 0\n"));

    const auto sent = co_await test.run.cluster.read(again, 10);
    std::set<std::string> ids;
    for (const auto& one : sent) {
        ids.insert(std::string{one.header("sluice-id").value_or("")});
        BOOST_TEST(one.partition() == 1);
        BOOST_TEST(one.header("sluice-redrives").value_or("") == "1");
        BOOST_TEST(!one.header("sluice-error").has_value());
        BOOST_TEST(origin_of(one, "copiers").topic == "words");
        const auto offset = origin_of(one, "copiers").offset;
        BOOST_TEST(one.header("sluice-id").value_or("") == "words/1/" + std::to_string(offset));
        BOOST_TEST(one.value().value_or("") == "value " + std::to_string(offset));
    }
    BOOST_TEST(ids.size() == 10U);
}

SLUICE_TEST_CASE(what_failed_again_and_again_is_refused_until_somebody_insists, 60s)
{
    dead_letters test{co_await asio::this_coro::executor};
    std::vector<outgoing> records;
    for (const auto* redrives : {"2", "3", "4"})
        records.push_back(dead_letters::letter(0, "permanent", {{"sluice-redrives", redrives}}));
    co_await test.run.cluster.send(std::move(records));
    const auto file = (test.run.folder / "audit").string();
    co_await test.dlq("redrive", "copier", "--audit", file);
    BOOST_TEST(test.status == 1);
    BOOST_TEST(test.printed == "redriven: 1; refused: 2\n");
    std::stringstream audit;
    audit << std::ifstream{file}.rdbuf();
    BOOST_TEST(count(audit.str(), "\n") == 3);
    BOOST_TEST(contains(audit.str(), R"("why":"it was redriven 3 times and failed each time: --max-redrives 4 lets )"));
    co_await test.dlq("redrive", "copier", "--max-redrives", "4");
    BOOST_TEST(contains(test.printed, "redriven: 1; refused: 1\n"));
}

SLUICE_TEST_CASE(an_interrupted_redrive_goes_on_where_it_stood, 90s)
{
    dead_letters test{co_await asio::this_coro::executor};
    co_await test.send(30);
    test.start({"dlq", "redrive", "copier", "--rate", "10"});
    co_await test.run.child->says("/1/4\"");
    test.run.child->signal(SIGTERM);
    const auto status = co_await test.run.child->wait();
    BOOST_TEST(status == 128 + SIGTERM);
    BOOST_TEST(contains(test.run.printed(), "interrupted: the same command goes on from here\n"));
    const auto first = count(test.run.printed(), R"("outcome":"redriven")");
    BOOST_TEST((first >= 5 && first < 30), first);

    co_await test.dlq("redrive", "copier");
    BOOST_TEST(test.status == 0);
    BOOST_TEST(contains(test.printed, "redriven: " + std::to_string(30 - first) + "\n"));
    const auto sent = co_await test.ids(again);
    BOOST_TEST(sent.size() == 30U);
    BOOST_TEST((std::set<std::string>{sent.begin(), sent.end()}.size() == 30U));
}

SLUICE_TEST_CASE(a_killed_redrive_repeats_only_what_was_not_noted, 90s)
{
    dead_letters test{co_await asio::this_coro::executor};
    co_await test.send(30);
    test.start({"dlq", "redrive", "copier", "--rate", "10"});
    co_await test.run.child->says("/1/9\"");
    test.run.child->signal(SIGKILL);
    co_await test.run.child->wait();
    co_await test.dlq("redrive", "copier");
    BOOST_TEST(test.status == 0);
    const auto sent = co_await test.ids(again);
    BOOST_TEST((std::set<std::string>{sent.begin(), sent.end()}.size() == 30U));
    BOOST_TEST((sent.size() == 30U || sent.size() == 31U));  // one at a time at this rate
}

SLUICE_TEST_CASE(the_source_topic_is_only_used_when_told_and_confirmed, 90s)
{
    dead_letters test{co_await asio::this_coro::executor};
    test.run.cluster.broker.create_topic("others", 1);
    std::vector<outgoing> records;
    for (const auto* topic : {"words", "words", "copies", "nowhere"})
        records.push_back({.topic = "others",
                           .key = "k",
                           .value = "v",
                           .headers = {{"dead-letter-topic", topic},
                                       {"dead-letter-partition", "2"},
                                       {"dead-letter-offset", "7"},
                                       {"dead-letter-reason", "no"}}});
    co_await test.run.cluster.send(std::move(records));
    co_await test.dlq("redrive", "others", "--to-source");
    BOOST_TEST(contains(test.printed, "only its headers say that it came from words: --from words confirms it"));
    BOOST_TEST(contains(test.printed, "redriven: 0; refused: 4\n"));
    co_await test.dlq("redrive", "others", "--to-source", "--from", "nowhere");
    BOOST_TEST(contains(test.printed, "there is no topic nowhere"));
    co_await test.dlq("redrive", "others", "--to-source", "--from", "words");
    BOOST_TEST(contains(test.printed, "redriven: 2\n"));
    const auto sent = co_await test.run.cluster.read("words", 2);
    for (const auto& one : sent) {
        BOOST_TEST(one.partition() == 2);
        BOOST_TEST(one.header("sluice-id").value_or("") == "words/2/7");
        BOOST_TEST(!one.header("dead-letter-topic").has_value());
    }
}

SLUICE_TEST_CASE(a_retry_topic_that_cannot_be_created_is_told, 60s)
{
    dead_letters test{co_await asio::this_coro::executor};
    test.run.cluster.broker.create_topic("old.g.dlt", 2);
    const auto failed = record::make({"old", 1}, 7, "k", "v");
    const obituary why{.group = "g", .handler = "h", .error_class = "permanent", .error_type = "x", .error = "no"};
    std::vector<outgoing> records(1, make_dead_letter(failed, why, 2));
    co_await test.run.cluster.send(std::move(records));
    co_await test.dlq("redrive", "old.g.dlt");
    BOOST_TEST(test.status == 1);
    BOOST_TEST(contains(test.printed, "the topic old.g.retry.0s does not exist and could not be created ("));
    BOOST_TEST(contains(test.printed, "create it with 2 partitions, and try again\n"));
}
