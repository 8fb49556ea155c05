#include "sluice/base/wait_queue.hpp"

#include "sluice/base/scope.hpp"
#include "sluice/testing/test_case.hpp"

namespace sluice {

using namespace std::chrono_literals;

namespace {

struct fixture {
    wait_queue queue;
    std::string log;

    awaitable<> wait(char name)
    {
        co_await queue.wait();
        log += name;
    }

    awaitable<> wait_until(char name, time_point when)
    {
        const bool woken = co_await queue.wait_until(when);
        log += woken ? name : static_cast<char>(std::toupper(name));
    }

    awaitable<> wait_shielded(char name)
    {
        const bool asked = co_await queue.wait_shielded();
        log += asked ? static_cast<char>(std::toupper(name)) : name;
    }
};

// Lets everything that is ready run.
awaitable<> turn()
{
    co_await sleep_for(1ns);
}

}  // namespace

SLUICE_VIRTUAL_TEST_CASE(waiters_are_woken_first_come_first_served)
{
    fixture f;
    scope waiters{co_await asio::this_coro::executor};
    for (const char name : {'a', 'b', 'c'}) waiters.spawn(f.wait(name));
    co_await turn();
    BOOST_TEST(f.queue.size() == 3u);
    BOOST_TEST(f.queue.wake_one());
    BOOST_TEST(f.log.empty());  // in a later turn
    co_await turn();
    BOOST_TEST(f.log == "a");
    BOOST_TEST(f.queue.wake_all() == 2u);
    co_await waiters.join();
    BOOST_TEST(f.log == "abc");
    BOOST_TEST(!f.queue.wake_one());
    BOOST_TEST(f.queue.wake_all() == 0u);
}

SLUICE_VIRTUAL_TEST_CASE(a_cancelled_waiter_leaves_the_queue_and_the_others_stay)
{
    fixture f;
    const auto executor = co_await asio::this_coro::executor;
    scope leaving{executor}, staying{executor};
    staying.spawn(f.wait('a'));
    leaving.spawn(f.wait('x'));
    staying.spawn(f.wait('b'));
    co_await turn();
    leaving.cancel();
    co_await leaving.join();
    BOOST_TEST(f.queue.size() == 2u);
    f.queue.wake_all();
    co_await staying.join();
    BOOST_TEST(f.log == "ab");
}

SLUICE_VIRTUAL_TEST_CASE(one_that_is_cancelled_after_it_was_woken_keeps_what_it_was_woken_for)
{
    fixture f;
    scope waiters{co_await asio::this_coro::executor};
    waiters.spawn(f.wait('a'));
    co_await turn();
    f.queue.wake_one();
    waiters.cancel();
    co_await waiters.join();
    BOOST_TEST(f.log == "a");
}

SLUICE_VIRTUAL_TEST_CASE(a_wait_ends_at_its_time)
{
    fixture f;
    auto& time = clock::of(co_await asio::this_coro::executor);
    const auto start = time.now();
    scope waiters{co_await asio::this_coro::executor};
    waiters.spawn(f.wait_until('a', start + 1s));
    waiters.spawn(f.wait_until('b', start + 2s));
    co_await sleep_until(start + 1500ms);
    BOOST_TEST(f.log == "A");
    BOOST_TEST(f.queue.wake_all() == 1u);
    co_await waiters.join();
    BOOST_TEST(f.log == "Ab");
    BOOST_TEST(!time.next().has_value());
}

SLUICE_VIRTUAL_TEST_CASE(a_wake_at_the_very_time_of_the_end_wins_or_loses_but_never_both)
{
    fixture f;
    auto& time = clock::of(co_await asio::this_coro::executor);
    const auto end = time.now() + 1s;
    scope waiters{co_await asio::this_coro::executor};
    const auto before = time.at(end, [&] { f.queue.wake_one(); });
    waiters.spawn(f.wait_until('a', end));
    co_await turn();
    const auto after = time.at(end, [&] { f.queue.wake_one(); });
    co_await waiters.join();
    BOOST_TEST(f.log == "a");
}

SLUICE_VIRTUAL_TEST_CASE(a_timed_wait_can_be_cancelled)
{
    fixture f;
    auto& time = clock::of(co_await asio::this_coro::executor);
    scope waiters{co_await asio::this_coro::executor};
    waiters.spawn(f.wait_until('a', time.now() + 1h));
    co_await turn();
    waiters.cancel();
    co_await waiters.join();
    BOOST_TEST(f.log.empty());
    BOOST_TEST(f.queue.empty());
    BOOST_TEST(!time.next().has_value());
}

SLUICE_VIRTUAL_TEST_CASE(a_shielded_wait_tells_of_cancellation_instead_of_throwing)
{
    fixture f;
    scope waiters{co_await asio::this_coro::executor};
    waiters.spawn(f.wait_shielded('a'));
    co_await turn();
    f.queue.wake_one();
    co_await turn();
    BOOST_TEST(f.log == "a");

    waiters.spawn(f.wait_shielded('b'));
    co_await turn();
    waiters.cancel();
    co_await waiters.join();
    BOOST_TEST(f.log == "aB");
}

SLUICE_VIRTUAL_TEST_CASE(wake_all_wakes_only_those_that_wait_now)
{
    fixture f;
    scope waiters{co_await asio::this_coro::executor};
    auto comes_back = [&]() -> awaitable<> {
        co_await f.wait('1');
        co_await f.wait('2');
    };
    auto work = comes_back();
    waiters.spawn(std::move(work));
    co_await turn();
    BOOST_TEST(f.queue.wake_all() == 1u);
    co_await turn();
    BOOST_TEST(f.log == "1");
    BOOST_TEST(f.queue.size() == 1u);
    f.queue.wake_all();
    co_await waiters.join();
    BOOST_TEST(f.log == "12");
}

}  // namespace sluice
