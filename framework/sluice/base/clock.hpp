#pragma once

#include "sluice/base/async.hpp"

#include <boost/asio/execution_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace sluice {

using duration = std::chrono::steady_clock::duration;
using time_point = std::chrono::steady_clock::time_point;
/// The time of the wall, as Kafka and JSON carry it.
using timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// The io_context's only source of time: every sleep, back-off, deadline and interval asks it, so a test that
/// makes it `manual` drives all of them by hand. One a context; used from the context's thread only.
class clock final : public asio::execution_context::service {
    struct entry {
        std::shared_ptr<bool> armed;  // shared with the alarm
        std::function<void()> callback;
    };
    using alarms = std::multimap<time_point, entry>;

public:
    using key_type = clock;
    inline static asio::execution_context::id id;

    explicit clock(asio::execution_context& context);

    /// The clock of the context that `executor` belongs to.
    static clock& of(const asio::any_io_executor& executor);

    [[nodiscard]] time_point now() const;
    [[nodiscard]] timestamp wall() const;

    /// A callback at a time; destroying the alarm takes it back. It may be destroyed with the context, not later.
    class alarm {
    public:
        alarm() = default;
        alarm(alarm&& other) noexcept { *this = std::move(other); }
        alarm& operator=(alarm&& other) noexcept;
        ~alarm() { cancel(); }
        void cancel() noexcept;

    private:
        friend clock;
        clock* owner_ = nullptr;
        alarms::iterator place_;
        std::shared_ptr<bool> armed_;
    };

    /// Runs `callback` on the loop once `when` is reached; alarms of one instant run in the order they were set.
    [[nodiscard]] alarm at(time_point when, std::function<void()> callback);

    /// Time stands still from now on and moves only by `advance`. Before anything waits.
    void make_manual(timestamp wall = timestamp{std::chrono::seconds{1'700'000'000}});
    [[nodiscard]] bool manual() const noexcept { return manual_now_.has_value(); }
    /// Moves a manual clock on and runs the alarms that come due, in order. It does not run the loop.
    void advance_to(time_point when);
    void advance(duration by) { advance_to(now() + by); }
    /// When the next alarm is due.
    [[nodiscard]] std::optional<time_point> next() const;

private:
    void shutdown() override;
    void arm();
    void run_due();
    void run_first();

    std::optional<time_point> manual_now_;
    timestamp manual_wall_;
    time_point manual_start_;
    alarms alarms_;
    std::optional<asio::steady_timer> timer_;
    std::optional<time_point> armed_for_;
};

/// Waits until the loop's clock reads `when`. Cancellation ends it with operation_aborted.
awaitable<> sleep_until(time_point when);
awaitable<> sleep_for(duration span);

}  // namespace sluice
