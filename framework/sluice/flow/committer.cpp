#include "sluice/flow/committer.hpp"

#include <algorithm>

namespace sluice {

committer::committer(source& from, const flow_settings& settings, clock& time)
    : from_{from},
      time_{time},
      backoff_{settings.sending}
{
}

// With nothing running, the position behind gaps and transaction markers, so that lag comes down to 0.
std::optional<std::int64_t> committer::due(const assignment& one) const
{
    auto offset = one.finished.committable();
    if (offset && one.finished.idle())
        for (const auto& at : from_.position({one.where})) offset = std::max(*offset, at.offset);
    return offset == one.committed ? std::nullopt : offset;
}

awaitable<result<>> committer::commit(assignments of)
{
    while (busy_) co_await free_.wait();
    struct turn {
        committer& mine;
        explicit turn(committer& m) : mine{m} { mine.busy_ = true; }
        ~turn()
        {
            mine.busy_ = false;
            mine.free_.wake_one();
        }
    } const ours{*this};

    positions finished;
    assignments whose;
    for (auto& one : of)
        if (const auto offset = due(*one)) {
            finished.push_back({one->where, *offset, {}});
            whose.push_back(std::move(one));
        }
    if (finished.empty()) co_return result<>{};

    auto committed = co_await from_.commit(finished);
    if (committed) {
        ++commits_;
        for (std::size_t i = 0; i < whose.size(); ++i) whose[i]->committed = finished[i].offset;
    } else {
        ++failures_;
    }
    co_return committed;
}

awaitable<result<>> committer::commit_until(assignments of, time_point deadline)
{
    retry_schedule backoff{backoff_, 1};
    for (std::int32_t tried = 1;; ++tried) {
        auto committed = co_await commit(of);
        if (committed || committed.error() == errc::assignment_lost || committed.error() == errc::fatal)
            co_return committed;
        const auto next = time_.now() + backoff.after(tried).value_or(backoff_.max_delay);
        if (next >= deadline) co_return committed;
        co_await sleep_until(next);
    }
}

}  // namespace sluice
