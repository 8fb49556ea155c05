#include "sluice/flow/committer.hpp"

#include <algorithm>

namespace sluice {

committer::committer(source& from, const flow_settings& settings, const logger& log, clock& time)
    : from_{from},
      log_{log},
      time_{time},
      interval_{settings.commit_interval},
      backoff_{settings.sending}
{
}

// With nothing running, the position behind gaps and transaction markers, so that lag comes down to 0.
std::optional<position> committer::due(const assignment& one, bool again) const
{
    auto offset = one.finished.committable();
    if (!offset || one.given_up) return std::nullopt;
    if (one.finished.idle())
        for (const auto& at : from_.position({one.where})) offset = std::max(*offset, at.offset);
    auto words = beyond(one, *offset);
    if (!again && offset == one.committed && words == one.noted) return std::nullopt;
    return position{one.where, *offset, std::move(words)};
}

// What is known of records that have come, and of those that will come again.
std::string committer::beyond(const assignment& one, std::int64_t offset) const
{
    if (wordless_ || (one.finished.plain() && one.recalled.done())) return {};
    auto runs = one.finished.beyond();
    const auto left = one.recalled.rest(runs.empty() ? offset : runs.back().to);
    progress::append(runs, left);
    return progress::to_text(offset, runs);
}

awaitable<bool> committer::recall(assignments of, cancellation_token stop)
{
    try {
        co_await run_under(stop, ask(of));
    } catch (const boost::system::system_error& e) {
        if (e.code() != asio::error::operation_aborted) throw;
        co_return false;
    }
    co_return true;
}

awaitable<> committer::ask(const assignments& of)
{
    retry_schedule backoff{backoff_, 1};
    partitions which;
    for (const auto& one : of) which.push_back(one->where);
    for (std::int32_t tried = 1;; ++tried) {
        const auto known = co_await from_.committed(which);
        if (known) {
            for (const auto& [where, offset, metadata] : *known) {
                const auto whose = std::ranges::find(of, where, &assignment::where);
                if (whose != of.end()) (*whose)->recalled = progress::reader{progress::from_text(offset, metadata)};
            }
            co_return;
        }
        if (known.error() == errc::fatal) throw failure{known.error()};
        log_.warning("where the group stands is not known yet: {}; trying again", known.error().message());
        co_await sleep_for(backoff.after(tried).value_or(backoff_.max_delay));
    }
}

awaitable<result<>> committer::commit(assignments of, bool again)
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
        if (auto what = due(*one, again)) {
            finished.push_back(*std::move(what));
            whose.push_back(std::move(one));
        }
    if (finished.empty()) co_return result<>{};

    auto committed = co_await from_.commit(finished);
    if (!committed && committed.error() == errc::invalid && !wordless_) {
        const auto why = committed.error();
        for (auto& one : finished) one.metadata.clear();
        committed = co_await from_.commit(finished);
        wordless_ = committed.has_value();
        if (wordless_) log_.warning("commits go without what is known beyond them from now on: {}", why.message());
    }
    if (committed) {
        ++commits_;
        for (std::size_t i = 0; i < whose.size(); ++i) {
            whose[i]->committed = finished[i].offset;
            whose[i]->noted = std::move(finished[i].metadata);
        }
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
