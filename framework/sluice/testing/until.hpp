#pragma once

#include "sluice/base/clock.hpp"
#include "sluice/base/wait_queue.hpp"

#include <boost/intrusive/list_hook.hpp>

#include <concepts>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>

namespace sluice::testing {

/// A wait by `until`, while it lasts.
class open_wait : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    open_wait(const asio::any_io_executor& loop, std::string_view what, duration limit, std::source_location where);
    open_wait(const open_wait&) = delete;
    open_wait& operator=(const open_wait&) = delete;
    ~open_wait() = default;

    /// Until it is worth asking again: soon at first, then less and less often. Throws when the limit is reached.
    awaitable<> pause();
    awaitable<> pause(wait_queue& changed);

    /// "two members have joined (membership_test.cpp, line 12)"
    [[nodiscard]] std::string text() const;

private:
    void check() const;

    clock& time_;
    std::string_view what_;
    duration limit_;
    std::source_location where_;
    std::optional<time_point> end_;
    duration pause_ = std::chrono::milliseconds{1};
};

/// What the coroutines of a loop wait for by `until` now.
std::string open_waits(asio::execution_context& loop);

/// As long as the test itself may take: `run_test` then tells what was waited for.
inline constexpr duration no_limit = duration::max();

template <class Condition>
concept condition = std::invocable<Condition&>;

/// Waits until `holds()`, a bool or an `awaitable<bool>`, is true: for what tells nobody that it has changed, such as
/// another process, another thread or a group's committed offsets.
///
///     const auto committed = [&]() -> awaitable<bool> { … };
///     co_await until(committed, "all is committed", 10s);
///
/// It is asked at once, then every 1, 2, 4 … 50 ms, by the loop's clock. `what`, which outlives the wait (a literal
/// does), goes into the `test_failure` that is thrown when `limit` is over; the limit does not interrupt `holds`
/// itself. What `holds` throws comes out; cancellation ends the wait with operation_aborted.
template <condition Condition>
awaitable<> until(Condition holds, std::string_view what = {}, duration limit = no_limit,
                  std::source_location where = std::source_location::current())
{
    open_wait wait{co_await asio::this_coro::executor, what, limit, where};
    for (;;) {
        bool met = false;
        if constexpr (std::same_as<decltype(holds()), awaitable<bool>>)
            met = co_await holds();
        else
            met = holds();
        if (met) co_return;
        co_await wait.pause();
    }
}

/// The same for what does tell: `holds()`, a bool, is asked at once and after each waking of `changed`, which outlives
/// the wait.
template <condition Condition>
awaitable<> until(wait_queue& changed, Condition holds, std::string_view what = {}, duration limit = no_limit,
                  std::source_location where = std::source_location::current())
{
    open_wait wait{co_await asio::this_coro::executor, what, limit, where};
    while (!holds()) co_await wait.pause(changed);
}

}  // namespace sluice::testing
