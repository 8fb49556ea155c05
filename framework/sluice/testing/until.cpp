#include "sluice/testing/until.hpp"

#include "sluice/testing/run_test.hpp"

#include <boost/asio/execution_context.hpp>
#include <boost/intrusive/list.hpp>

#include <algorithm>
#include <filesystem>

namespace sluice::testing {
namespace {

constexpr duration longest_pause = std::chrono::milliseconds{50};

struct waits final : asio::execution_context::service {
    using key_type = waits;
    inline static asio::execution_context::id id;

    explicit waits(asio::execution_context& context) : service{context} {}
    void shutdown() override {}

    boost::intrusive::list<open_wait, boost::intrusive::constant_time_size<false>> all;
};

}  // namespace

open_wait::open_wait(const asio::any_io_executor& loop, std::string_view what, duration limit,
                     std::source_location where)
    : time_{clock::of(loop)},
      what_{what},
      limit_{limit},
      where_{where}
{
    if (limit != no_limit) end_ = time_.now() + limit;
    asio::use_service<waits>(asio::query(loop, asio::execution::context)).all.push_back(*this);
}

awaitable<> open_wait::pause()
{
    check();
    const auto again = time_.now() + pause_;
    pause_ = std::min(pause_ * 2, longest_pause);
    return sleep_until(end_ ? std::min(again, *end_) : again);
}

awaitable<> open_wait::pause(wait_queue& changed)
{
    check();
    if (!end_) return changed.wait();
    const auto woken = [](wait_queue& by, time_point end) -> awaitable<> { co_await by.wait_until(end); };
    return woken(changed, *end_);
}

void open_wait::check() const
{
    if (!end_ || time_.now() < *end_) return;
    const auto limit = std::chrono::duration<double>(limit_).count();
    throw test_failure{"waited in vain for " + std::to_string(limit) + " s until " + text()};
}

std::string open_wait::text() const
{
    std::string said{what_.empty() ? "a condition holds" : what_};
    const std::filesystem::path file{where_.file_name()};
    return said + " (" + file.filename().string() + ", line " + std::to_string(where_.line()) + ')';
}

std::string open_waits(asio::execution_context& loop)
{
    std::string said;
    for (const auto& each : asio::use_service<waits>(loop).all)
        said += (said.empty() ? "" : ", and until ") + each.text();
    return said;
}

}  // namespace sluice::testing
