#include "sluice/base/cancellation.hpp"
#include "sluice/base/clock.hpp"
#include "sluice/base/offload.hpp"
#include "sluice/base/scope.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(a_manual_clock_moves_only_by_hand)
{
    asio::io_context loop;
    auto& time = clock::of(loop.get_executor());
    time.make_manual();
    bool woke = false;
    auto sleeper = [&]() -> awaitable<> {
        co_await sleep_for(1h);
        woke = true;
    };
    auto body = sleeper();
    scope children{loop.get_executor()};
    children.spawn(std::move(body));
    loop.poll();
    BOOST_TEST(!woke);
    time.advance(59min);
    loop.restart();
    loop.poll();
    BOOST_TEST(!woke);
    time.advance(1min);
    loop.restart();
    loop.poll();
    BOOST_TEST(woke);
}
