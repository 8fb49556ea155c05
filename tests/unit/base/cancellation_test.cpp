#include "sluice/base/offload.hpp"
#include "sluice/base/scope.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

// Runs `work` in a scope that is cancelled once everything waits.
void run_and_cancel(asio::io_context& loop, scope& children, awaitable<> work)
{
    children.spawn(std::move(work));
    loop.poll();
    children.cancel();
    loop.restart();
    loop.run();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_cancelled_caller_waits_until_its_offloaded_work_has_ended)
{
    asio::io_context loop;
    offload pool;
    scope children{loop.get_executor()};
    std::atomic<bool> ended = false;
    bool ended_before_caller = false;
    const auto work = [&](std::stop_token stop) {
        while (!stop.stop_requested()) std::this_thread::yield();
        for (int turns = 0; turns < 1'000; ++turns) std::this_thread::yield();
        ended = true;
    };
    const auto caller = [&]() -> awaitable<> {
        co_await pool.run(work);
        ended_before_caller = ended;
    };
    run_and_cancel(loop, children, caller());
    BOOST_TEST(ended_before_caller);
}

BOOST_AUTO_TEST_CASE(a_cancelled_with_scope_cancels_and_joins_its_children)
{
    asio::io_context loop;
    scope children{loop.get_executor()};
    bool child_ended = false;
    bool joined_first = false;
    const auto child = [&]() -> awaitable<> {
        try {
            co_await sleep_for(1h);
        } catch (...) {
            child_ended = true;
            throw;
        }
    };
    const auto body = [&](scope& inner) -> awaitable<> {
        inner.spawn(child());
        co_await sleep_for(1h);
    };
    const auto caller = [&]() -> awaitable<> {
        try {
            co_await with_scope({}, body);
        } catch (...) {
            joined_first = child_ended;
            throw;
        }
    };
    run_and_cancel(loop, children, caller());
    BOOST_TEST(child_ended);
    BOOST_TEST(joined_first);
}
