#include "sluice/base/offload.hpp"

#include "sluice/base/scope.hpp"
#include "sluice/testing/test_case.hpp"
#include "sluice/testing/until.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <semaphore>
#include <thread>

namespace sluice {

using namespace std::chrono_literals;
using testing::until;

namespace {

// Holds work on its thread until it is let go.
struct gate {
    std::binary_semaphore open{0};
    std::atomic<int> entered{0};

    void pass()
    {
        ++entered;
        open.acquire();
        open.release();
    }
};

awaitable<> run(offload& pool, std::function<void(std::stop_token)> work)
{
    co_await pool.run(std::move(work));
}

// What was spawned has come as far as it can.
awaitable<> next_turn()
{
    co_await asio::post(asio::use_awaitable);
}

void wait_for_stop(const std::stop_token& stop)
{
    std::binary_semaphore asked{0};
    const std::stop_callback callback{stop, [&] { asked.release(); }};
    asked.acquire();
}

}  // namespace

SLUICE_TEST_CASE(work_runs_on_another_thread_and_its_caller_goes_on_on_its_loop)
{
    offload pool;
    const auto loop = std::this_thread::get_id();
    auto work = [](std::stop_token) { return std::this_thread::get_id(); };
    const auto worker = co_await pool.run(work);
    BOOST_TEST((worker != loop));
    BOOST_TEST((std::this_thread::get_id() == loop));
}

SLUICE_TEST_CASE(values_that_only_move_and_nothing_at_all_are_returned)
{
    offload pool;
    auto makes = [](std::stop_token) { return std::make_unique<int>(42); };
    const auto made = co_await pool.run(makes);
    BOOST_TEST(*made == 42);
    bool done = false;
    auto nothing = [&done](std::stop_token) { done = true; };
    co_await pool.run(nothing);
    BOOST_TEST(done);
}

SLUICE_TEST_CASE(what_the_work_throws_reaches_its_caller_and_frees_its_place)
{
    offload pool{{.threads = 1, .admitted = 1}};
    auto throws = [](std::stop_token) -> int { throw std::out_of_range{"its own"}; };
    for (int round = 0; round < 3; ++round) {
        bool caught = false;
        try {
            co_await pool.run(throws);
        } catch (const std::out_of_range&) {
            caught = true;
        }
        BOOST_TEST(caught);
    }
}

SLUICE_TEST_CASE(beyond_the_bound_callers_wait_first_come_first_served)
{
    offload pool{{.threads = 1, .admitted = 1}};
    gate first;
    std::string order;
    std::atomic<int> inside{0}, most{0};
    scope callers{co_await asio::this_coro::executor};
    auto held = [&](std::stop_token) { first.pass(); };
    callers.spawn(run(pool, held));
    for (const char name : {'a', 'b', 'c'}) {
        auto note = [&, name](std::stop_token) {
            most = std::max<int>(most, ++inside);
            order += name;
            --inside;
        };
        callers.spawn(run(pool, note));
    }
    co_await until([&] { return first.entered == 1; });
    BOOST_TEST(order.empty());
    first.open.release();
    co_await callers.join();
    BOOST_TEST(order == "abc");
    BOOST_TEST(most == 1);
}

SLUICE_TEST_CASE(as_many_run_at_once_as_there_are_threads)
{
    offload pool{{.threads = 2, .admitted = 8}};
    gate both;
    scope callers{co_await asio::this_coro::executor};
    auto held = [&](std::stop_token) { both.pass(); };
    for (int caller = 0; caller < 4; ++caller) callers.spawn(run(pool, held));
    co_await until([&] { return both.entered == 2; });
    both.open.release();
    co_await callers.join();
    BOOST_TEST(both.entered == 4);
}

SLUICE_TEST_CASE(cancellation_asks_running_work_to_stop_and_waits_for_it)
{
    offload pool{{.threads = 1, .admitted = 1}};
    std::atomic<bool> started = false, ended = false;
    auto work = [&](std::stop_token stop) {
        started = true;
        wait_for_stop(stop);
        ended = true;
    };
    scope callers{co_await asio::this_coro::executor};
    callers.spawn(run(pool, work));
    co_await until([&] { return started.load(); });
    callers.cancel();
    co_await callers.join();
    BOOST_TEST(ended);
}

SLUICE_TEST_CASE(cancellation_of_one_that_waits_for_a_place_never_runs_its_work)
{
    offload pool{{.threads = 1, .admitted = 1}};
    gate first;
    std::atomic<bool> ran = false;
    scope holder{co_await asio::this_coro::executor}, waiting{co_await asio::this_coro::executor};
    auto held = [&](std::stop_token) { first.pass(); };
    auto never = [&](std::stop_token) { ran = true; };
    holder.spawn(run(pool, held));
    co_await until([&] { return first.entered == 1; });
    waiting.spawn(run(pool, never));
    co_await next_turn();
    waiting.cancel();
    co_await waiting.join();
    first.open.release();
    co_await holder.join();
    BOOST_TEST(!ran);
    auto after = [](std::stop_token) {};  // the place is free again
    co_await pool.run(after);
}

SLUICE_TEST_CASE(one_cancelled_just_after_it_was_handed_a_place_gives_it_back)
{
    offload pool{{.threads = 1, .admitted = 1}};
    gate first;
    const auto executor = co_await asio::this_coro::executor;
    scope holder{executor}, waiting{executor};
    auto held = [&](std::stop_token) { first.pass(); };
    auto quick = [](std::stop_token) {};
    auto holds_then_cancels = [&]() -> awaitable<> {
        co_await pool.run(held);
        waiting.cancel();  // its waiter was woken in this turn, and has not run yet
    };
    holder.spawn(holds_then_cancels());
    co_await until([&] { return first.entered == 1; });
    waiting.spawn(run(pool, quick));
    co_await next_turn();
    first.open.release();
    co_await holder.join();
    co_await waiting.join();
    co_await pool.run(quick);
}

SLUICE_TEST_CASE(a_caller_that_is_cancelled_just_as_it_gets_its_place_does_no_work)
{
    offload pool{{.threads = 1, .admitted = 1}};
    scope children{co_await asio::this_coro::executor};
    gate busy;
    bool done = false;
    asio::cancellation_signal* second = nullptr;
    auto first = [&]() -> awaitable<> {
        co_await run(pool, [&](std::stop_token) { busy.pass(); });
        second->emit(asio::cancellation_type::all);  // in the turn in which the place was handed over
    };
    auto work = first();
    children.spawn(std::move(work));
    co_await until([&] { return busy.entered == 1; });
    auto next = run(pool, [&](std::stop_token) { done = true; });
    second = &children.spawn(std::move(next));
    for (int turns = 0; turns < 10; ++turns) co_await next_turn();
    busy.open.release();
    co_await children.join();
    BOOST_TEST(!done);
    co_await run(pool, [&](std::stop_token) { done = true; });  // the place is free again
    BOOST_TEST(done);
}

}  // namespace sluice
