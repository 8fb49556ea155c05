#include "sluice/testing/until.hpp"

#include "sluice/base/scope.hpp"
#include "sluice/testing/test_case.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using testing::test_failure;
using testing::until;

namespace {

time_point now_of(const asio::any_io_executor& loop)
{
    return clock::of(loop).now();
}

std::string failure_of(std::function<awaitable<>()> body, testing::test_settings how)
{
    try {
        testing::run_test(std::move(body), how);
    } catch (const test_failure& failed) {
        return failed.what();
    }
    return "none";
}

}  // namespace

SLUICE_VIRTUAL_TEST_CASE(a_condition_that_holds_is_not_waited_for)
{
    const auto loop = co_await asio::this_coro::executor;
    const auto start = now_of(loop);
    co_await until([] { return true; });
    BOOST_TEST((now_of(loop) == start));
}

SLUICE_VIRTUAL_TEST_CASE(what_tells_nobody_is_asked_soon_and_then_less_often)
{
    const auto loop = co_await asio::this_coro::executor;
    std::vector<std::int64_t> pauses;
    auto last = now_of(loop);
    const auto hour_is_over = [&] {
        pauses.push_back((now_of(loop) - last) / 1ms);
        last = now_of(loop);
        return pauses.size() == 10;
    };
    co_await until(hour_is_over);
    BOOST_TEST((pauses == std::vector<std::int64_t>{0, 1, 2, 4, 8, 16, 32, 50, 50, 50}));
}

SLUICE_VIRTUAL_TEST_CASE(a_condition_may_be_a_coroutine)
{
    int asked = 0;
    const auto third_answer = [&]() -> awaitable<bool> {
        co_await sleep_for(1s);
        co_return ++asked == 3;
    };
    co_await until(third_answer);
    BOOST_TEST(asked == 3);
}

SLUICE_VIRTUAL_TEST_CASE(what_tells_is_asked_when_it_does)
{
    wait_queue changed;
    int state = 0, asked = 0;
    const auto change = [&]() -> awaitable<> {
        for (; state < 3; ++state, changed.wake_all()) co_await sleep_for(1h);
    };
    const auto is_three = [&] { return ++asked, state == 3; };
    const auto both = [&](scope& beside) -> awaitable<> {
        beside.spawn(change());
        co_await until(changed, is_three, "the state is 3", 24h);
    };
    co_await with_scope({}, both);
    BOOST_TEST(asked == 4);
}

SLUICE_VIRTUAL_TEST_CASE(what_does_not_come_within_the_limit_is_told)
{
    const auto loop = co_await asio::this_coro::executor;
    const auto start = now_of(loop);
    const auto never = [] { return false; };
    wait_queue nobody;
    std::string polled, told;
    try {
        co_await until(never, "pigs fly", 7s);
    } catch (const test_failure& failed) {
        polled = failed.what();
    }
    BOOST_TEST((now_of(loop) - start == 7s));
    try {
        co_await until(nobody, never, "pigs swim", 5s);
    } catch (const test_failure& failed) {
        told = failed.what();
    }
    BOOST_TEST((now_of(loop) - start == 12s));
    BOOST_TEST(polled.starts_with("waited in vain for 7.000000 s until pigs fly (until_test.cpp, line "), polled);
    BOOST_TEST(told.starts_with("waited in vain for 5.000000 s until pigs swim (until_test.cpp, line "), told);
}

BOOST_AUTO_TEST_CASE(a_test_that_takes_too_long_tells_what_it_waited_for)
{
    const auto waits_in_vain = []() -> awaitable<> {
        const auto never = [] { return false; };
        co_await until([] { return true; }, "this is over");
        co_await until(never, "pigs fly");
    };
    const auto said = failure_of(waits_in_vain, {.limit = 10ms});
    BOOST_TEST(said.find("did not end within 0.010000 s; it waited until pigs fly (until_test.cpp, line ") !=
                   std::string::npos,
               said);
    BOOST_TEST(said.find("this is over") == std::string::npos, said);
}
