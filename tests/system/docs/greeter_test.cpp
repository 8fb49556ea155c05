#include "program.hpp"

#include "sluice/testing/test_case.hpp"

using namespace sluice;
using namespace std::chrono_literals;

SLUICE_TEST_CASE(the_program_of_the_readme_greets_who_signs_up_and_dead_letters_who_has_no_address, 120s)
{
    shown_program greeter{co_await asio::this_coro::executor, "TEST_GREETER"};
    co_await greeter.kafka.start();
    const auto role = greeter.start({"run", "greeter"});
    const auto topics = co_await role->says("created ");
    for (const auto* user : {R"({"user_id":"ada","email":"ada@example.org"})", R"({"user_id":"bob","email":""})"}) {
        const auto produced = greeter.start({"produce", "user.signed-up", "--value", user});
        const int status = co_await produced->wait();
        BOOST_TEST(status == 0);
    }
    const auto letters = greeter.start({"consume", "letter.wanted", "--count", "1"});
    const auto letter = co_await letters->says("Welcome, ada");
    const auto dead = greeter.start({"consume", "user.signed-up.greeter.dlt", "--count", "1"});
    const auto dead_letter = co_await dead->says("bob");
    const int status = co_await role->stop(20s);
    BOOST_TEST(status == 0);
    co_await greeter.kafka.discard();
}
