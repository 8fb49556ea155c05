#include "sluice/store/sqlite_queue.hpp"

#include "sluice/base/result.hpp"
#include "sluice/base/wait_queue.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <string>

namespace sluice::store {

void sqlite_job::finish()
{
    const auto on = std::move(*loop);
    asio::post(on.get_executor(), std::move(ended));
}

sqlite_queue::sqlite_queue(std::size_t threads, std::size_t waiting, std::function<void()> serve)
    : threads_{threads},
      bound_{waiting},
      serve_{std::move(serve)},
      pool_{threads}
{
}

sqlite_queue::~sqlite_queue()
{
    pool_.join();
}

awaitable<> sqlite_queue::run(std::function<void(sqlite_transaction&)> work)
{
    wait_queue done;
    bool ended = false;
    sqlite_job job;
    job.work = std::move(work);
    job.ended = [&] {
        ended = true;
        done.wake_all();
    };
    job.loop.emplace(co_await asio::this_coro::executor);

    push(job);
    // Once cancelled, a coroutine throws at every further co_await: not while a thread refers to this frame.
    const bool throwing = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    bool withdrawn = false;
    while (!ended && !withdrawn) withdrawn = co_await done.wait_shielded() && take_back(job);
    co_await asio::this_coro::throw_if_cancelled(throwing);
    if (withdrawn) throw boost::system::system_error{asio::error::operation_aborted};
    if (job.error) std::rethrow_exception(job.error);
}

void sqlite_queue::push(sqlite_job& job)
{
    const std::lock_guard lock{mutex_};
    if (waiting_.size() >= bound_)
        throw failure{{errc::overloaded, std::to_string(bound_) + " units of work wait for SQLite: try again later"}};
    waiting_.push_back(job);
    if (serving_ == threads_) return;
    ++serving_;
    asio::post(pool_, [this] { serve_all(); });
}

sqlite_job* sqlite_queue::take()
{
    const std::lock_guard lock{mutex_};
    if (waiting_.empty()) return nullptr;
    auto& first = waiting_.front();
    waiting_.pop_front();
    return &first;
}

bool sqlite_queue::take_back(sqlite_job& job)
{
    const std::lock_guard lock{mutex_};
    if (!job.is_linked()) return false;
    waiting_.erase(waiting_.iterator_to(job));
    return true;
}

void sqlite_queue::serve_all()
{
    for (;;) {
        serve_();
        const std::lock_guard lock{mutex_};
        if (waiting_.empty()) {
            --serving_;
            return;
        }
    }
}

}  // namespace sluice::store
