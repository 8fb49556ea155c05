#include "sluice/testing/kafka_server.hpp"
#include "sluice/testing/test_case.hpp"
#include "temporary_folder.hpp"

#include <cstdlib>

namespace {

using namespace std::chrono_literals;
using sluice::awaitable;
using sluice::testing::child_process;
using sluice::testing::kafka_cluster;
namespace asio = sluice::asio;

child_process::settings greeter(std::vector<std::string> arguments, const kafka_cluster& kafka,
                                const std::filesystem::path& output)
{
    child_process::settings what{.command = {std::getenv("TEST_GREETER")}, .output = output};
    std::ranges::move(arguments, std::back_inserter(what.command));
    what.command.insert(what.command.end(), {"--kafka.bootstrap.servers", kafka.bootstrap_servers()});
    what.environment = {{"SLUICE_ADMIN_LISTEN", "off"}, {"SLUICE_DATA_DIR", output.parent_path().string()}};
    return what;
}

}  // namespace

SLUICE_TEST_CASE(the_program_of_the_readme_greets_who_signs_up_and_dead_letters_who_has_no_address, 120s)
{
    const temporary_folder folder;
    const auto executor = co_await asio::this_coro::executor;
    kafka_cluster kafka{executor, {.folder = folder / "kafka"}};
    co_await kafka.start();
    const auto start = [&](const char* output, std::vector<std::string> arguments) {
        return std::make_unique<child_process>(executor, greeter(std::move(arguments), kafka, folder / output));
    };

    std::vector<std::string> command{"run", "greeter"};
    const auto role = start("role.txt", command);
    const auto topics = co_await role->says("created ");
    command = {"produce", "user.signed-up"};
    for (const auto* user : {R"({"user_id":"ada","email":"ada@example.org"})", R"({"user_id":"bob","email":""})"}) {
        auto one = command;
        one.insert(one.end(), {"--value", user});
        const auto produced = start("produced.txt", one);
        const int status = co_await produced->wait();
        BOOST_TEST(status == 0);
    }
    command = {"consume", "letter.wanted", "--count", "1"};
    const auto letters = start("letters.txt", command);
    const auto letter = co_await letters->says("Welcome, ada");
    command = {"consume", "user.signed-up.greeter.dlt", "--count", "1"};
    const auto dead = start("dead.txt", command);
    const auto dead_letter = co_await dead->says("bob");
    const int status = co_await role->stop(20s);
    BOOST_TEST(status == 0);
    co_await kafka.stop();
}
