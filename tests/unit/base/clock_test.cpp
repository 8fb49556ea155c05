#include "sluice/base/clock.hpp"

#include "sluice/base/cancellation.hpp"
#include "sluice/testing/test_case.hpp"

#include <boost/asio/io_context.hpp>

namespace sluice {

using namespace std::chrono_literals;

namespace {

struct manual_loop {
    manual_loop() { time.make_manual(timestamp{5s}); }

    asio::io_context loop;
    clock& time = clock::of(loop.get_executor());
    std::string rang;

    clock::alarm ring(char name, duration in)
    {
        return time.at(time.now() + in, [this, name] { rang += name; });
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(manual, manual_loop)

BOOST_AUTO_TEST_CASE(time_moves_only_by_hand)
{
    const auto before = time.now();
    const auto alarm = ring('a', 1h);
    loop.poll();
    BOOST_TEST((time.now() == before));
    time.advance(59min);
    BOOST_TEST(rang.empty());
    time.advance(1min);
    BOOST_TEST(rang == "a");
    BOOST_TEST((time.now() == before + 1h));
}

BOOST_AUTO_TEST_CASE(the_wall_moves_with_it)
{
    BOOST_TEST((time.wall() == timestamp{5s}));
    time.advance(1h + 1500us);
    BOOST_TEST((time.wall() == timestamp{5s + 1h + 1ms}));
}

BOOST_AUTO_TEST_CASE(alarms_ring_in_the_order_of_their_times_and_then_of_their_setting)
{
    const auto late = ring('c', 2s), early = ring('a', 1s), same = ring('b', 1s);
    time.advance(10s);
    BOOST_TEST(rang == "abc");
}

BOOST_AUTO_TEST_CASE(now_is_an_alarms_own_time_while_it_rings)
{
    const auto start = time.now();
    std::vector<duration> seen;
    const auto note = [&] { seen.push_back(time.now() - start); };
    const auto one = time.at(start + 1s, note), two = time.at(start + 2s, note);
    time.advance(1h);
    BOOST_TEST((seen == std::vector<duration>{1s, 2s}));
}

BOOST_AUTO_TEST_CASE(a_destroyed_alarm_does_not_ring)
{
    {
        const auto gone = ring('x', 1s);
        BOOST_TEST(time.next().has_value());
    }
    BOOST_TEST(!time.next().has_value());
    time.advance(2s);
    BOOST_TEST(rang.empty());
}

BOOST_AUTO_TEST_CASE(a_moved_alarm_rings_once_and_the_one_it_replaces_never)
{
    auto first = ring('a', 1s), second = ring('b', 2s);
    first = std::move(second);
    clock::alarm third{std::move(first)};
    time.advance(3s);
    BOOST_TEST(rang == "b");
}

BOOST_AUTO_TEST_CASE(an_alarm_may_set_and_take_back_others_while_it_rings)
{
    clock::alarm victim = ring('x', 2s), later, self;
    self = time.at(time.now() + 1s, [&] {
        victim.cancel();
        later = ring('l', 1s);
        self = {};
    });
    time.advance(5s);
    BOOST_TEST(rang == "l");
}

BOOST_AUTO_TEST_CASE(an_alarm_for_the_past_rings_at_the_next_move)
{
    const auto start = time.now();
    const auto alarm = ring('p', -1h);
    BOOST_TEST(rang.empty());
    time.advance(0s);
    BOOST_TEST(rang == "p");
    BOOST_TEST((time.now() == start));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(alarms_may_be_destroyed_with_the_context)
{
    struct holder {
        clock::alarm alarm;
        std::shared_ptr<int> kept;
    };
    const auto kept = std::make_shared<int>();
    {
        asio::io_context loop;
        auto held = std::make_shared<holder>();
        asio::post(loop, [held] {});  // the scheduler, older than the clock, destroys it after the clock has shut down
        held->alarm = clock::of(loop.get_executor()).at(time_point::max(), [kept] {});
    }
    BOOST_TEST(kept.use_count() == 1);
}

SLUICE_TEST_CASE(real_alarms_ring_in_order)
{
    auto& time = clock::of(co_await asio::this_coro::executor);
    std::string rang;
    const auto now = time.now();
    const auto late = time.at(now + 3ms, [&] { rang += 'c'; });
    const auto early = time.at(now + 1ms, [&] { rang += 'a'; });
    const auto past = time.at(now - 1s, [&] { rang += '0'; });
    auto gone = time.at(now + 2ms, [&] { rang += 'x'; });
    gone.cancel();
    co_await sleep_until(now + 4ms);
    BOOST_TEST(rang == "0ac");
    BOOST_TEST((time.now() >= now + 4ms));
}

SLUICE_VIRTUAL_TEST_CASE(a_cancelled_sleep_ends_with_operation_aborted)
{
    auto& time = clock::of(co_await asio::this_coro::executor);
    const auto start = time.now();
    cancellation stop{{}, time, start + 1s};
    std::exception_ptr error;
    try {
        co_await run_under(stop.token(), sleep_for(1h));
    } catch (...) {
        error = std::current_exception();
    }
    BOOST_REQUIRE(error);
    BOOST_TEST(is_cancellation(error));
    BOOST_TEST((time.now() - start == 1s));
}

BOOST_AUTO_TEST_CASE(an_alarm_that_throws_does_not_stop_the_others)
{
    asio::io_context loop;
    auto& time = clock::of(loop.get_executor());
    const auto bad = time.at(time.now(), [] { throw std::runtime_error{"not now"}; });
    bool rang = false;
    const auto good = time.at(time.now() + 1ms, [&] { rang = true; });
    BOOST_CHECK_THROW(loop.run(), std::runtime_error);
    loop.run_for(10s);
    BOOST_TEST(rang);
}

}  // namespace sluice
