#include "sluice/base/clock.hpp"

#include "sluice/base/wait_queue.hpp"

#include <boost/asio/query.hpp>
#include <boost/assert.hpp>

namespace sluice {

clock::clock(asio::execution_context& context) : service{context} {}

clock& clock::of(const asio::any_io_executor& executor)
{
    return asio::use_service<clock>(asio::query(executor, asio::execution::context));
}

void clock::shutdown()
{
    for (auto& [when, alarm] : alarms_) *alarm.armed = false;  // what holds them may be destroyed after this
    alarms_.clear();
    timer_.reset();
}

time_point clock::now() const
{
    return manual_now_ ? *manual_now_ : std::chrono::steady_clock::now();
}

timestamp clock::wall() const
{
    using std::chrono::milliseconds;
    if (manual_now_) return manual_wall_ + std::chrono::floor<milliseconds>(*manual_now_ - manual_start_);
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

clock::alarm& clock::alarm::operator=(alarm&& other) noexcept
{
    cancel();
    owner_ = std::exchange(other.owner_, nullptr);
    place_ = other.place_;
    armed_ = std::move(other.armed_);
    return *this;
}

void clock::alarm::cancel() noexcept
{
    if (owner_ && *armed_) {
        owner_->alarms_.erase(place_);
        *armed_ = false;
        owner_->arm();
    }
    owner_ = nullptr;
    armed_.reset();
}

clock::alarm clock::at(time_point when, std::function<void()> callback)
{
    alarm set;
    set.owner_ = this;
    set.armed_ = std::make_shared<bool>(true);
    set.place_ = alarms_.emplace(when, entry{set.armed_, std::move(callback)});
    arm();
    return set;
}

void clock::make_manual(timestamp wall)
{
    BOOST_ASSERT_MSG(alarms_.empty(), "a clock becomes manual before anything waits on it");
    manual_start_ = time_point{};
    manual_now_ = manual_start_;
    manual_wall_ = wall;
}

void clock::advance_to(time_point when)
{
    BOOST_ASSERT_MSG(manual_now_, "only a manual clock can be moved");
    while (!alarms_.empty() && alarms_.begin()->first <= when) {
        manual_now_ = std::max(*manual_now_, alarms_.begin()->first);
        run_first();
    }
    manual_now_ = std::max(*manual_now_, when);
}

std::optional<time_point> clock::next() const
{
    if (alarms_.empty()) return std::nullopt;
    return alarms_.begin()->first;
}

// One Asio timer serves all alarms: it is set anew only when the earliest changes.
void clock::arm()
{
    if (manual_now_) return;
    if (alarms_.empty()) {
        if (timer_) timer_->cancel();
        armed_for_.reset();
        return;
    }
    const auto earliest = alarms_.begin()->first;
    if (armed_for_ == earliest) return;
    if (!timer_) timer_.emplace(static_cast<asio::io_context&>(context()));
    armed_for_ = earliest;
    timer_->expires_at(earliest);
    timer_->async_wait([this](error_code ec) {
        if (!ec) run_due();
    });
}

void clock::run_due()
{
    armed_for_.reset();
    // Also when a callback throws: it is not to take the other alarms along.
    struct rearm {
        clock& mine;
        ~rearm() { mine.arm(); }
    } const afterwards{*this};
    const auto now = std::chrono::steady_clock::now();
    while (!alarms_.empty() && alarms_.begin()->first <= now) run_first();
}

void clock::run_first()
{
    const auto due = alarms_.extract(alarms_.begin());
    *due.mapped().armed = false;
    due.mapped().callback();
}

awaitable<> sleep_until(time_point when)
{
    wait_queue nobody;
    co_await nobody.wait_until(when);
}

awaitable<> sleep_for(duration span)
{
    co_await sleep_until(clock::of(co_await asio::this_coro::executor).now() + span);
}

}  // namespace sluice
