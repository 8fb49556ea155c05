#include "program_run.hpp"
#include "sluice/testing/test_case.hpp"

#include <csignal>

using namespace sluice;
using namespace std::chrono_literals;

SLUICE_TEST_CASE(the_first_sigterm_drains_and_the_exit_status_is_0)
{
    const auto loop = co_await asio::this_coro::executor;
    program_run run;
    run.start(loop, {"run", "copier"});
    co_await run.send("1");
    co_await run.copied(1);
    run.child->signal(SIGTERM);
    const auto status = co_await run.child->wait();
    BOOST_TEST(status == 0);
    BOOST_TEST(contains(run.printed(), "SIGTERM: draining; a second signal stops at once"));
    BOOST_TEST(contains(run.printed(), "all is done, nothing is left"));
}

SLUICE_TEST_CASE(a_second_signal_ends_the_process_at_once)
{
    const auto loop = co_await asio::this_coro::executor;
    program_run run;
    run.start(loop, {"run", "copier", "--drain", "1h"});
    co_await run.send("slow");
    co_await run.child->says("\"slow\"");
    run.child->signal(SIGINT);
    co_await run.child->says("draining");
    run.child->signal(SIGTERM);
    const auto status = co_await run.child->wait();
    BOOST_TEST(status == 128 + SIGTERM);
}

SLUICE_TEST_CASE(records_that_do_not_end_within_the_drain_are_told_by_the_exit_status)
{
    const auto loop = co_await asio::this_coro::executor;
    program_run run;
    run.start(loop, {"run", "copier", "--drain", "0s"});
    co_await run.send("slow");
    co_await run.child->says("\"slow\"");
    run.child->signal(SIGTERM);
    const auto status = co_await run.child->wait();
    BOOST_TEST(status == 3);
    BOOST_TEST(contains(run.printed(), "records cut short by the end of the drain, which come again: 1"));
}

SLUICE_TEST_CASE(a_broker_that_hangs_does_not_keep_the_process_from_ending, 60s)
{
    const auto loop = co_await asio::this_coro::executor;
    program_run run;
    run.start(loop, {"run", "copier", "--drain", "0s"});
    co_await run.send("1");
    co_await run.copied(1);
    run.cluster.broker.round_trip_time(std::chrono::minutes{10});
    run.child->signal(SIGTERM);
    const auto status = co_await run.child->wait();
    BOOST_TEST((status == 0 || status == 3), run.printed());  // the copied record is committed, or comes again
}

SLUICE_TEST_CASE(a_process_waits_for_its_cluster_and_still_ends_when_asked_to)
{
    const auto loop = co_await asio::this_coro::executor;
    program_run run;
    run.cluster.broker.down();
    run.start(loop, {"run", "copier", "--topics.create=true"});
    co_await run.child->says("the cluster does not answer");
    run.child->signal(SIGTERM);
    const auto status = co_await run.child->wait();
    BOOST_TEST(status == 0);
}

SLUICE_TEST_CASE(a_role_that_fails_ends_the_process_with_status_1_and_its_words)
{
    const auto loop = co_await asio::this_coro::executor;
    program_run run;
    run.start(loop, {"run"});
    const auto status = co_await run.child->wait();
    BOOST_TEST(status == 1);
    BOOST_TEST(contains(run.printed(), "words: no disk"));
}

SLUICE_TEST_CASE(a_command_line_that_cannot_be_understood_is_status_2_and_one_line)
{
    const auto loop = co_await asio::this_coro::executor;
    program_run run;
    run.start(loop, {"run", "copyer"});
    auto status = co_await run.child->wait();
    BOOST_TEST(status == 2);
    BOOST_TEST(run.printed() == "words: there is no role `copyer`; did you mean `copier`?\n");

    run.start(loop, {"config", "--drain", "soon"});
    status = co_await run.child->wait();
    BOOST_TEST(status == 2);
    BOOST_TEST(contains(run.printed(), "words: drain: expected a duration such as"));
}

SLUICE_TEST_CASE(records_are_produced_checked_and_consumed_from_the_command_line)
{
    const auto loop = co_await asio::this_coro::executor;
    program_run run;
    run.start(loop, {"produce", "words", "--value", R"({"key":"k","text":"t"})", "--header", "from=me"});
    auto status = co_await run.child->wait();
    BOOST_TEST(status == 0);
    BOOST_TEST(contains(run.printed(), "1 record sent to words\n"));

    run.start(loop, {"produce", "words", "--value", R"({"key":"k"})"});
    status = co_await run.child->wait();
    BOOST_TEST(status == 1);
    BOOST_TEST(contains(run.printed(), "line 1: text: "));

    run.start(loop, {"produce", "words", "--value", "{nonsense", "--raw", "--key", "q"});
    status = co_await run.child->wait();
    BOOST_TEST(status == 0);

    run.start(loop, {"consume", "words", "--count", "2", "--json"});
    status = co_await run.child->wait();
    BOOST_TEST(status == 0);
    BOOST_TEST(contains(run.printed(), R"("key":"k","headers":[{"name":"from","value":"me"},{"name":"sluice-id",)"));
    BOOST_TEST(contains(run.printed(), R"("value":"{\"key\":\"k\",\"text\":\"t\"}"})"));
    BOOST_TEST(contains(run.printed(), R"("value":"{nonsense"})"));
}

SLUICE_TEST_CASE(bytes_that_are_no_text_are_consumed_as_base64_too)
{
    const auto loop = co_await asio::this_coro::executor;
    program_run run;
    std::vector<outgoing> records;
    records.push_back({.topic = "words", .key = "\xff", .value = "\xfe\xff", .headers = {{"h", "\x80"}}});
    co_await run.cluster.send(std::move(records));
    run.start(loop, {"consume", "words", "--count", "1", "--json"});
    const auto status = co_await run.child->wait();
    BOOST_TEST(status == 0);
    BOOST_TEST(contains(run.printed(), "\"key\":\"\xef\xbf\xbd\",\"key_base64\":\"/w==\","));
    BOOST_TEST(contains(run.printed(), "\"value_base64\":\"gA==\"}],"));
    BOOST_TEST(contains(run.printed(), "\"value_base64\":\"/v8=\"}\n"));
}

SLUICE_TEST_CASE(the_version_is_told)
{
    const auto loop = co_await asio::this_coro::executor;
    program_run run;
    run.start(loop, {"--version"});
    const auto status = co_await run.child->wait();
    BOOST_TEST(status == 0);
    BOOST_TEST(run.printed() == "words 1.2\n");
}

SLUICE_TEST_CASE(topics_and_lag_are_listed)
{
    const auto loop = co_await asio::this_coro::executor;
    program_run run;
    co_await run.send("1");
    run.start(loop, {"topics"});
    auto status = co_await run.child->wait();
    BOOST_TEST(status == 0);
    BOOST_TEST(contains(run.printed(), "words                   4         4      1\n"));
    run.start(loop, {"lag"});
    status = co_await run.child->wait();
    BOOST_TEST(status == 0);
    BOOST_TEST(contains(run.printed(), "total lag: 1\n"));
}

SLUICE_TEST_CASE(flows_shows_what_blocks_a_running_process_and_says_what_to_do_when_there_is_none)
{
    const auto loop = co_await asio::this_coro::executor;
    program_run run, asked;
    run.start(loop, {"run", "copier"});
    const auto told = co_await run.child->says("health, metrics");
    const auto where = "127.0.0.1:" + std::to_string(std::stoi(told.substr(told.rfind("127.0.0.1:") + 10)));
    co_await run.send("slow");
    co_await run.child->says("\"slow\"");

    asked.start(loop, {"flows", "--admin.listen", where});
    auto status = co_await asked.child->wait();
    BOOST_TEST(status == 0);
    BOOST_TEST(contains(asked.printed(), "ROLE/SHARD"));
    BOOST_TEST(contains(asked.printed(), "running (waiting for better words)\n"), asked.printed());
    BOOST_TEST(contains(asked.printed(), "copier/0    copiers  words/"), asked.printed());

    asked.start(loop, {"flows", "--admin.listen", where, "--json"});
    status = co_await asked.child->wait();
    BOOST_TEST(status == 0);
    BOOST_TEST(contains(asked.printed(), R"("waits_for":"running","stage":"waiting for better words","attempt":1)"));

    run.child->signal(SIGKILL);
    co_await run.child->wait();
    asked.start(loop, {"flows", "--admin.listen", where});
    status = co_await asked.child->wait();
    BOOST_TEST(status == 1);
    BOOST_TEST(
        contains(asked.printed(), "words: no process of words answers on " + where +
                                      "; start one with `words run`, or give --admin.listen of one that runs\n"));
    asked.start(loop, {"flows", "--admin.listen", "off"});
    status = co_await asked.child->wait();
    BOOST_TEST(status == 2);
}
