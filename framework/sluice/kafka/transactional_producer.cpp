#include "sluice/kafka/transactional_producer.hpp"

#include "sluice/base/wait_queue.hpp"
#include "sluice/kafka/detail/transaction_worker.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace sluice::kafka {

struct transactional_producer::state {
    state(settings cluster, transaction_producer_settings how, logger log)
        : worker{std::move(cluster), std::move(how), std::move(log)}
    {
    }
    ~state()
    {
        worker.stop();
        thread.join();
    }

    detail::transaction_worker worker;
    asio::thread_pool thread{1};
};

namespace {

// A call that the loop waits for, or not any more.
template <class Answer>
struct call {
    std::optional<Answer> answer;
    wait_queue answered;
};

}  // namespace

transactional_producer::transactional_producer(asio::any_io_executor loop, settings cluster,
                                               transaction_producer_settings how, offload& blocking, logger log)
    : loop_{std::move(loop)},
      blocking_{blocking},
      state_{std::make_shared<state>(std::move(cluster), std::move(how), std::move(log))}
{
}

transactional_producer::~transactional_producer()
{
    state_->worker.stop();
    blocking_.leave([last = std::move(state_)]() mutable { last.reset(); });
}

template <class Answer, class Work>
awaitable<Answer> transactional_producer::ask(Work work)
{
    const auto mine = std::make_shared<call<Answer>>();
    auto task = [mine, worker = &state_->worker, work = std::move(work),
                 loop = asio::make_work_guard(loop_)]() mutable {
        auto answer = work(*worker);
        auto tell = [mine = std::move(mine), answer = std::move(answer)]() mutable {
            mine->answer.emplace(std::move(answer));
            mine->answered.wake_all();
        };
        const auto on = std::move(loop);
        asio::post(on.get_executor(), std::move(tell));
    };
    asio::post(state_->thread, std::move(task));
    while (!mine->answer) co_await mine->answered.wait();
    co_return std::move(*mine->answer);
}

awaitable<result<>> transactional_producer::open()
{
    auto work = [](detail::transaction_worker& worker) { return worker.open(); };
    co_return co_await ask<result<>>(std::move(work));
}

awaitable<detail::transaction_result> transactional_producer::transact(outgoing_batch what, positions finished,
                                                                       membership of)
{
    auto work = [what = std::move(what), finished = std::move(finished), of = std::move(of)](
                    detail::transaction_worker& worker) { return worker.transact(what, finished, of); };
    co_return co_await ask<detail::transaction_result>(std::move(work));
}

std::optional<std::int32_t> transactional_producer::partitions_of(std::string_view topic) const
{
    const auto known = partitions_.find(topic);
    if (known == partitions_.end()) return std::nullopt;
    return known->second;
}

awaitable<result<std::int32_t>> transactional_producer::learn(std::string topic)
{
    auto work = [topic](detail::transaction_worker& worker) { return worker.ask_partitions(topic); };
    const auto found = co_await ask<result<std::int32_t>>(std::move(work));
    if (found) partitions_.insert_or_assign(std::move(topic), *found);
    co_return found;
}

}  // namespace sluice::kafka
