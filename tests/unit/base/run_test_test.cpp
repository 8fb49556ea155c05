#include "sluice/base/scope.hpp"
#include "sluice/testing/test_case.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using testing::run_test;
using testing::test_failure;

namespace {

std::string failure_of(std::function<awaitable<>()> body, testing::test_settings how)
{
    try {
        run_test(std::move(body), how);
    } catch (const test_failure& failed) {
        return failed.what();
    }
    return "none";
}

bool contains(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

awaitable<> waits_for_nobody()
{
    wait_queue nobody;
    co_await nobody.wait();
}

awaitable<> sleeps_for_an_hour()
{
    co_await sleep_for(1h);
}

awaitable<> leaves_a_coroutine()
{
    asio::co_spawn(co_await asio::this_coro::executor, sleeps_for_an_hour(), [](std::exception_ptr) {});
    co_await sleep_for(1ms);
}

awaitable<> leaves_one_that_waits_for_nobody()
{
    static auto& nobody = *new wait_queue;  // stays, as the one that waits does
    asio::co_spawn(co_await asio::this_coro::executor, nobody.wait(), [](std::exception_ptr) {});
    co_await sleep_for(1ms);
}

awaitable<> yields_for_ever()
{
    for (;;) co_await sleep_for(0s);
}

awaitable<> yields_then_takes_leave()
{
    try {
        co_await yields_for_ever();
    } catch (const boost::system::system_error&) {
    }
    co_await asio::this_coro::reset_cancellation_state();
    co_await sleep_for(10s);
}

awaitable<> throws()
{
    co_await sleep_for(1ms);
    throw std::out_of_range{"its own"};
}

const testing::test_settings in_virtual_time{.virtual_time = true};

}  // namespace

SLUICE_TEST_CASE(a_coroutine_is_a_test_case, 5s)
{
    co_await sleep_for(1ms);
    BOOST_TEST(!clock::of(co_await asio::this_coro::executor).manual());
}

SLUICE_VIRTUAL_TEST_CASE(a_thousand_hours_pass_in_virtual_time, 5s)
{
    auto& time = clock::of(co_await asio::this_coro::executor);
    const auto started = time.now();
    for (int hour = 0; hour < 1000; ++hour) co_await sleep_for(1h);
    BOOST_TEST((time.now() - started == 1000h));
}

SLUICE_VIRTUAL_TEST_CASE(alarms_run_on_the_loop_in_virtual_time_too, 5s)
{
    // Else what they dispatch is posted, and may come when what it refers to has gone.
    const auto executor = co_await asio::this_coro::executor;
    bool on_the_loop = false;
    auto look = [&] { on_the_loop = executor.target<asio::io_context::executor_type>()->running_in_this_thread(); };
    auto& time = clock::of(executor);
    const auto alarm = time.at(time.now() + 1s, look);
    co_await sleep_for(2s);
    BOOST_TEST(on_the_loop);
}

BOOST_AUTO_TEST_CASE(what_the_body_throws_fails_the_test)
{
    BOOST_CHECK_THROW(run_test(throws), std::out_of_range);
    BOOST_CHECK_THROW(run_test(throws, in_virtual_time), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(a_body_that_exceeds_its_limit_is_cancelled_and_the_failure_says_where)
{
    const auto said = failure_of(sleeps_for_an_hour, {.limit = 10ms});
    BOOST_TEST(contains(said, "run_test_test.cpp("), said);
    BOOST_TEST(contains(said, "did not end within 0.01"), said);
    BOOST_TEST(!contains(said, "goes on"), said);
}

BOOST_AUTO_TEST_CASE(a_busy_loop_in_virtual_time_is_caught_by_the_real_limit)
{
    BOOST_TEST(contains(failure_of(yields_for_ever, {.limit = 10ms, .virtual_time = true}), "did not end"));
}

BOOST_AUTO_TEST_CASE(time_goes_on_for_a_body_that_is_cancelled)
{
    const auto said = failure_of(yields_then_takes_leave, {.limit = 10ms, .virtual_time = true});
    BOOST_TEST(contains(said, "did not end within"), said);
    BOOST_TEST(!contains(said, "goes on"), said);
}

BOOST_AUTO_TEST_CASE(a_deadlock_in_virtual_time_is_found_at_once)
{
    BOOST_TEST(contains(failure_of(waits_for_nobody, in_virtual_time), "deadlock at 0.0"));
}

BOOST_AUTO_TEST_CASE(an_alarm_that_is_left_fails_the_test)
{
    BOOST_TEST(contains(failure_of(leaves_a_coroutine, {.limit = 5s}), "an alarm is left in the clock, due in 3599"));
    BOOST_TEST(contains(failure_of(leaves_a_coroutine, in_virtual_time), "an alarm is left"));
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_is_left_fails_the_test)
{
    BOOST_TEST(contains(failure_of(leaves_one_that_waits_for_nobody, in_virtual_time), "work is left"));
}
