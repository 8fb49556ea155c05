#include "orders/housekeeping.hpp"

#include "sluice/base/result.hpp"
#include "sluice/testing/test_case.hpp"

using namespace sluice;
using namespace std::chrono_literals;

SLUICE_VIRTUAL_TEST_CASE(what_is_old_is_forgotten_at_once_and_every_ten_minutes_until_the_work_ends)
{
    auto& time = clock::of(co_await asio::this_coro::executor);
    const auto start = time.wall();
    std::vector<timestamp> asked;
    const auto forget = [&](timestamp now) -> awaitable<> {
        BOOST_TEST((now == time.wall()));
        asked.push_back(now);
        if (asked.size() == 2) throw failure{error{errc::unavailable}};
        co_return;
    };
    const logger silent;
    co_await orders::forgetting_meanwhile(sleep_for(25min), forget, silent);
    const std::vector<timestamp> expected{start, start + 10min, start + 20min};
    BOOST_TEST((asked == expected));
    BOOST_TEST((time.wall() == start + 25min));
}

SLUICE_VIRTUAL_TEST_CASE(the_failure_of_the_work_is_told)
{
    const auto work = []() -> awaitable<> {
        co_await sleep_for(1s);
        throw std::runtime_error{"the work"};
    };
    const auto forget = [](timestamp) -> awaitable<> { co_return; };
    const logger silent;
    std::string told;
    try {
        co_await orders::forgetting_meanwhile(work(), forget, silent);
    } catch (const std::runtime_error& error) {
        told = error.what();
    }
    BOOST_TEST(told == "the work");
}
