#include "welcome.hpp"

#include <sluice/base/scope.hpp>
#include <sluice/flow/flow.hpp>
#include <sluice/testing/simulated_broker.hpp>
#include <sluice/testing/test_case.hpp>

using namespace sluice::testing;
using namespace std::chrono_literals;

// A handler is a coroutine like any other: a test calls it, without a broker.
SLUICE_TEST_CASE(a_new_user_gets_a_letter)
{
    const auto from = record::make({sign_ups.name(), 0}, 0, "ada", "{}");
    const logger quiet;
    context about{from, 1, {}, quiet};
    const signed_up ada{"ada", "ada@example.org"};
    const auto answer = co_await welcome(ada, about);
    BOOST_REQUIRE(answer.records().size() == 1u);
    BOOST_TEST(answer.records()[0].topic == "letter.wanted");
    BOOST_TEST(*answer.records()[0].value == R"({"to":"ada@example.org","subject":"Welcome, ada"})");
}

SLUICE_TEST_CASE(a_user_who_is_nobody_is_named_among_those_that_are_counted)
{
    std::vector<record> records;
    for (int i = 0; i < 3; ++i) records.push_back(record::make({sign_ups.name(), 0}, i, "k", "{}"));
    const logger quiet;
    batch_context about{records, 1, {}, quiet};
    const std::vector<signed_up> users{{"ada", "ada@example.org"}, {"", ""}, {"bob", ""}};
    std::size_t culprit = 0;
    try {
        co_await count_users(users, about);
    } catch (const failed_record& named) {
        culprit = named.index();
    }
    BOOST_TEST(culprit == 1u);
}

// The whole flow on a simulated broker: an hour of back-off takes a millisecond.
SLUICE_VIRTUAL_TEST_CASE(a_user_without_an_address_is_a_dead_letter_and_the_next_is_welcomed_when_the_network_is_back)
{
    simulated_broker broker{co_await asio::this_coro::executor};
    for (const auto* topic : {"user.signed-up", "letter.wanted", "user.signed-up.greeter.dlt"})
        broker.log().create(topic, 1);
    broker.log().append(sign_ups.make({"bob", ""}));
    broker.log().append(sign_ups.make({"ada", "ada@example.org"}));
    auto& group = broker.group("user.signed-up");
    auto& member = broker.join(group);

    auto network_is_back = broker.time().now() + 50min;
    const auto over_the_network = [&](signed_up user, context& about) {
        if (!user.email.empty() && broker.time().now() < network_is_back) throw std::runtime_error{"no network"};
        return welcome(std::move(user), about);
    };
    metrics numbers;
    cancellation stop;
    flow greeter{member,
                 broker.producer(),
                 {.group = "greeter", .retry = {.attempts = 20, .max_delay = 10min}, .dead_letters = true},
                 {.log = {}, .numbers = numbers, .time = broker.time(), .stop = stop.token(), .seed = 1}};
    const auto an_hour = [&]() -> awaitable<> {
        co_await sleep_for(1h);
        stop.cancel(cancel_reason::shutdown);
    };
    const auto together = [&](scope& all) -> awaitable<> {
        all.spawn(greeter.run(typed(sign_ups, over_the_network)));
        all.spawn(an_hour());
        co_return;
    };
    group.assign(member, {{"user.signed-up", 0}});
    co_await with_scope({}, together);

    BOOST_TEST(broker.log().end({"user.signed-up.greeter.dlt", 0}) == 1);
    BOOST_TEST(broker.log().end({"letter.wanted", 0}) == 1);
    BOOST_TEST(group.committed({"user.signed-up", 0})->offset == 2);
}
