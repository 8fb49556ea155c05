#include "sluice/testing/broker_fixture.hpp"

#include "sluice/base/scope.hpp"
#include "sluice/flow/flow.hpp"
#include "sluice/testing/test_case.hpp"
#include "sluice/testing/until.hpp"

#include <boost/describe.hpp>

namespace {

using namespace sluice;
using namespace std::chrono_literals;
using sluice::testing::broker_fixture;
using sluice::testing::until;

struct ping {
    std::string id;
};
BOOST_DESCRIBE_STRUCT(ping, (), (id))
const topic pings{"ping", &ping::id, {.partitions = 3}};
const topic pongs{"pong", &ping::id, {.partitions = 3}};

awaitable<reply> answer(ping what, context&)
{
    co_return emit(pongs, what);
}

}  // namespace

SLUICE_TEST_CASE(a_fixture_carries_a_flow_from_topic_to_topic, 60s)
{
    const auto loop = co_await asio::this_coro::executor;
    broker_fixture kafka{loop};
    kafka.create(pings);
    kafka.create(pongs);
    const auto member = kafka.join("ponger", pings.name());
    metrics numbers;
    cancellation stop;
    flow ponger{*member,
                kafka.producer(),
                {.group = "ponger"},
                {.log = {}, .numbers = numbers, .time = sluice::clock::of(loop), .stop = stop.token()}};
    std::vector<record> seen;
    const auto play = [&]() -> awaitable<> {
        for (const auto* id : {"a", "b", "c"}) {
            auto what = pings.make({id});
            co_await kafka.send(std::move(what));
        }
        seen = co_await kafka.read(pongs.name(), 3);
        const auto all_handled = [&] { return ponger.totals().handled == 3; };
        co_await until(all_handled, "all pings are handled", 10s);
        stop.cancel(cancel_reason::shutdown);
    };
    const auto together = [&](scope& all) -> awaitable<> {
        all.spawn(ponger.run(typed(pings, answer)));
        all.spawn(play());
        co_return;
    };
    co_await with_scope({}, together);
    co_await kafka.close();

    std::vector<std::string> keys;
    for (const auto& one : seen) keys.emplace_back(*one.key());
    std::ranges::sort(keys);
    const std::vector<std::string> expected{"a", "b", "c"};
    BOOST_TEST(keys == expected, boost::test_tools::per_element());
}

SLUICE_TEST_CASE(a_fixture_says_when_records_do_not_come, 60s)
{
    broker_fixture kafka{co_await asio::this_coro::executor};
    kafka.create(pings);
    std::string told;
    try {
        co_await kafka.read(pings.name(), 1, 100ms);
    } catch (const failure& late) {
        told = late.what();
    }
    BOOST_TEST(told == "ping: fewer than 1 records came in time");
    co_await kafka.close();
}
