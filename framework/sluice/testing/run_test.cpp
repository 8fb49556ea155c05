#include "sluice/testing/run_test.hpp"

#include "sluice/testing/simulated_order.hpp"
#include "sluice/testing/until.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sluice::testing {
namespace {

using std::chrono::steady_clock;
// What is given, of real time, to a body that was cancelled and to threads that are about to let go of the loop.
constexpr auto grace = std::chrono::seconds{1};

std::string seconds(duration span)
{
    return std::to_string(std::chrono::duration<double>(span).count()) + " s";
}

std::string seconds(time_point virtual_time)
{
    return seconds(virtual_time.time_since_epoch()) + " of virtual time";
}

class test_run {
public:
    test_run(std::function<awaitable<>()> body, test_settings how, std::source_location where)
        : body_{std::move(body)},
          how_{how},
          where_{where},
          time_{clock::of(loop_->get_executor())},
          until_{steady_clock::now() + how.limit}
    {
        if (how_.virtual_time) time_.make_manual();
        auto finish = [this](std::exception_ptr error) {
            ended_ = true;
            error_ = std::move(error);
        };
        const auto loop = loop_->get_executor();
        const asio::any_io_executor on = how_.next ? asio::any_io_executor{ready_.over(loop)} : loop;
        asio::co_spawn(on, body_(), asio::bind_cancellation_slot(stop_.slot(), std::move(finish)));
    }

    void run()
    {
        auto problem = run_body();
        if (!problem.empty()) {
            if (const auto waits = open_waits(*loop_); !waits.empty()) problem += "; it waited until " + waits;
            stop_.emit(asio::cancellation_type::all);
            until_ = steady_clock::now() + grace;
            run_body();
        }
        while (ready_.size() != 0) run_one();
        auto left = alarm_left();
        loop_->run_for(grace);
        if (!loop_->stopped()) {
            // What waits on it cannot be destroyed while it waits, so the loop stays, where leak checkers find it.
            static auto& kept = *new std::vector<asio::io_context*>;
            kept.push_back(loop_.release());
            if (!ended_) problem += "; cancelled, it goes on waiting";
            if (left.empty()) left = "work is left: a coroutine that still waits, or an operation that has not ended";
        }
        if (problem.empty() && !error_) problem = left;
        if (!problem.empty())
            throw test_failure{std::string{where_.file_name()} + '(' + std::to_string(where_.line()) + "): " + problem};
        if (error_) std::rethrow_exception(error_);
    }

private:
    // What went wrong, or nothing: the body has ended.
    std::string run_body() { return how_.virtual_time ? run_virtual() : run_real(); }

    std::string run_real()
    {
        while (!ended_ && steady_clock::now() < until_) loop_->run_one_until(until_);
        return ended_ ? "" : "the test did not end within " + seconds(how_.limit);
    }

    std::string run_virtual()
    {
        while (!ended_) {
            if (steady_clock::now() >= until_)
                return "the test did not end within " + seconds(how_.limit) + ", at " + seconds(time_.now());
            if (run_one()) continue;
            const auto next = time_.next();
            if (!next) return "deadlock at " + seconds(time_.now()) + ": nothing is ready and no alarm is set";
            // Alarms run on the loop, as in real time: what they dispatch runs at once.
            auto advance = [this, next] { time_.advance_to(*next); };
            if (how_.next)
                asio::post(ready_.over(loop_->get_executor()), std::move(advance));
            else
                asio::post(*loop_, std::move(advance));
        }
        return {};
    }

    bool run_one()
    {
        if (ready_.size() == 0) return loop_->poll_one() != 0;
        ready_.run(ready_.size() == 1 ? 0 : how_.next(ready_.size()));
        return true;
    }

    std::string alarm_left() const
    {
        const auto next = time_.next();
        return next ? "an alarm is left in the clock, due in " + seconds(*next - time_.now()) : "";
    }

    std::unique_ptr<asio::io_context> loop_ = std::make_unique<asio::io_context>(1);
    std::function<awaitable<>()> body_;
    test_settings how_;
    std::source_location where_;
    clock& time_;
    ready_work& ready_{asio::use_service<ready_work>(*loop_)};
    steady_clock::time_point until_;
    asio::cancellation_signal stop_;
    bool ended_ = false;
    std::exception_ptr error_;
};

}  // namespace

void run_test(std::function<awaitable<>()> body, test_settings how, std::source_location where)
{
    test_run{std::move(body), how, where}.run();
}

}  // namespace sluice::testing
