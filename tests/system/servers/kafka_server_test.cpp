#include "sluice/testing/kafka_server.hpp"
#include "content.hpp"
#include "sluice/testing/temporary_folder.hpp"
#include "sluice/testing/test_case.hpp"

namespace {

using namespace std::chrono_literals;
using sluice::awaitable;
using sluice::testing::child_process;
using sluice::testing::kafka_cluster;
using sluice::testing::kafka_settings;
namespace asio = sluice::asio;
namespace fs = std::filesystem;

child_process::settings shell_command(std::string command, fs::path output)
{
    return {{"sh", "-c", std::move(command)}, std::move(output)};
}

/// Runs a shell command to its end; returns what it printed, and requires status 0.
awaitable<std::string> shell(std::string command, const sluice::testing::temporary_folder& folder)
{
    const auto output = folder / "shell.txt";
    fs::remove(output);
    child_process running{co_await asio::this_coro::executor, shell_command(std::move(command), output)};
    const int status = co_await running.wait();
    const auto printed = content(output);
    BOOST_REQUIRE_MESSAGE(status == 0, "status " << status << ": " << printed);
    co_return printed;
}

awaitable<std::string> create_topic(const kafka_cluster& kafka, std::string options,
                                    const sluice::testing::temporary_folder& folder)
{
    std::string command;
    for (const auto& word : kafka.tool("org.apache.kafka.tools.TopicCommand")) command += "'" + word + "' ";
    co_return co_await shell(command + "--bootstrap-server " + kafka.bootstrap_servers() + " --create " + options,
                             folder);
}

}  // namespace

SLUICE_TEST_CASE(what_was_acknowledged_is_still_there_after_kill_9_and_a_restart, 120s)
{
    const sluice::testing::temporary_folder folder;
    const auto executor = co_await asio::this_coro::executor;
    kafka_cluster kafka{executor, {.folder = folder / "kafka"}};
    co_await kafka.start();
    const auto kcat = "kcat -b " + kafka.bootstrap_servers() + " -q ";
    co_await create_topic(kafka, "--topic orders --partitions 3", folder);
    co_await shell("seq 1 1000 | " + kcat + "-P -t orders -X acks=all", folder);

    co_await kafka.kill(1);
    co_await kafka.restart(1);

    const auto values = co_await shell(kcat + "-C -t orders -o beginning -e | sort -n | uniq", folder);
    const auto expected = co_await shell("seq 1 1000", folder);
    BOOST_TEST(values == expected);
    co_await kafka.stop();
}

SLUICE_TEST_CASE(three_brokers_go_on_while_one_of_them_is_dead, 180s)
{
    const sluice::testing::temporary_folder folder;
    const auto executor = co_await asio::this_coro::executor;
    kafka_cluster kafka{executor, {.brokers = 3, .folder = folder / "kafka"}};
    co_await kafka.start();
    const auto kcat = "kcat -b " + kafka.bootstrap_servers() + " -q ";
    co_await create_topic(kafka, "--topic orders --partitions 6", folder);
    co_await shell("seq 1 500 | " + kcat + "-P -t orders -X acks=all", folder);
    co_await kafka.kill(2);
    co_await shell("seq 501 1000 | " + kcat + "-P -t orders -X acks=all -X message.timeout.ms=60000", folder);
    co_await kafka.restart(2);
    co_await kafka.stop(3);

    // kcat says on stderr which of its brokers it found dead.
    const auto values = co_await shell(kcat + "-C -t orders -o beginning -e 2>/dev/null | sort -n | uniq", folder);
    const auto expected = co_await shell("seq 1 1000", folder);
    BOOST_TEST(values == expected);
    co_await kafka.stop();
}

SLUICE_TEST_CASE(a_broker_that_cannot_start_says_why)
{
    const sluice::testing::temporary_folder folder;
    kafka_settings wrong{.folder = folder / "kafka"};
    wrong.properties["log.retention.ms"] = "soon";
    kafka_cluster kafka{co_await asio::this_coro::executor, wrong};
    std::string why;
    try {
        co_await kafka.start();
    } catch (const std::runtime_error& failed) {
        why = failed.what();
    }
    BOOST_TEST(why.find("broker-1.log") != std::string::npos, why);
    BOOST_TEST(content(kafka.log(1)).find("log.retention.ms") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_cluster_has_one_or_three_brokers)
{
    asio::io_context loop;
    BOOST_CHECK_THROW(kafka_cluster(loop.get_executor(), {.brokers = 2}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_folder_without_jars_is_named)
{
    asio::io_context loop;
    const auto says_where = [](const std::invalid_argument& error) {
        return std::string{error.what()}.find("/nowhere") != std::string::npos;
    };
    BOOST_CHECK_EXCEPTION(kafka_cluster(loop.get_executor(), {.jars = "/nowhere"}), std::invalid_argument, says_where);
}

SLUICE_TEST_CASE(the_newest_librdkafka_serves_a_program_that_was_linked_to_an_older_one)
{
    const sluice::testing::temporary_folder folder;
    const auto older = co_await shell("kcat -V", folder);
    const auto newest = co_await shell("LD_PRELOAD=$TEST_NEWEST_LIBRDKAFKA kcat -V", folder);
    BOOST_TEST(newest.find("librdkafka 2.") != std::string::npos, newest);
    BOOST_TEST(newest != older);
}
