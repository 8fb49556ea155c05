#include "sluice/flow/claiming.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

struct span_of_records {
    positions starts, ends;
};

// Records of a batch are in the order of their partitions.
span_of_records span_of(const batch& what)
{
    span_of_records all;
    for (const auto& one : what.records) {
        const auto is_its = [&](const position& at) {
            return at.where.partition == one.partition() && at.where.topic == one.topic();
        };
        if (all.ends.empty() || !is_its(all.ends.back())) {
            const auto known = std::ranges::find_if(all.ends, is_its);
            if (known != all.ends.end()) {
                known->offset = one.offset() + 1;
                continue;
            }
            const topic_partition where{std::string{one.topic()}, one.partition()};
            all.starts.push_back({where, one.offset(), {}});
            all.ends.push_back({where, one.offset() + 1, {}});
        }
        all.ends.back().offset = one.offset() + 1;
    }
    return all;
}

}  // namespace

claiming::claiming(source& from, const flow_settings& settings, const logger& log)
    : source_decorator{from},
      log_{log},
      backoff_{settings.sending, 1}
{
}

awaitable<event> claiming::next()
{
    for (;;) {
        if (pause_ > duration::zero()) co_await sleep_for(std::exchange(pause_, {}));
        auto what = co_await from_.next();
        const auto* records = std::get_if<batch>(&what);
        if (!records) co_return what;
        busy_ = true;
        // Not cancelled: nobody else would handle what is committed.
        auto claimed = asio::co_spawn(co_await asio::this_coro::executor, claim(*records),
                                      asio::bind_cancellation_slot(asio::cancellation_slot{}, asio::use_awaitable));
        const bool ours = co_await std::move(claimed);
        busy_ = false;
        if (ours) co_return what;
    }
}

awaitable<bool> claiming::claim(const batch& what)
{
    const auto span = span_of(what);
    const auto committed = co_await from_.commit(span.ends);
    if (committed) {
        refused_ = 0;
        for (const auto& [where, offset, metadata] : span.ends) claimed_[where] = offset;
        co_return true;
    }
    log_.warning("{} records are not handled, because their commit failed: {}", what.records.size(),
                 committed.error().message());
    if (committed.error() == errc::assignment_lost || committed.error() == errc::fatal) co_return false;
    from_.seek(span.starts);
    pause_ = backoff_.after(std::min(++refused_, 20)).value_or(std::chrono::seconds{1});
    co_return false;
}

awaitable<result<positions>> claiming::committed(partitions)
{
    co_return positions{};
}

awaitable<result<>> claiming::accept(positions from)
{
    for (const auto& one : from) claimed_.erase(one.where);
    return from_.accept(std::move(from));
}

awaitable<result<>> claiming::commit(positions finished)
{
    std::erase_if(finished, [this](const auto& one) {
        const auto known = claimed_.find(one.where);
        return busy_ || known == claimed_.end() || one.offset <= known->second;
    });
    if (finished.empty()) co_return result<>{};
    for (auto& one : finished) one.metadata.clear();
    auto committed = co_await from_.commit(finished);
    // A batch that was claimed meanwhile has gone further.
    if (committed)
        for (const auto& one : finished) {
            auto& claimed = claimed_[one.where];
            claimed = std::max(claimed, one.offset);
        }
    co_return committed;
}

}  // namespace sluice
