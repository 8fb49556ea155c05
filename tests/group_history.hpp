#pragma once

#include "sluice/base/cancellation.hpp"
#include "sluice/kafka/consumer.hpp"
#include "sluice/testing/until.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <map>
#include <string>
#include <utility>

namespace sluice::kafka {

/// What all members of a group saw together.
struct group_history {
    std::map<std::pair<std::int32_t, std::int64_t>, int> seen;  ///< how often, by partition and offset
    std::map<std::int32_t, int> owners;
    int losses = 0;  ///< partitions that were lost, be it only when they were to be committed
    int shared = 0;  ///< partitions that came to a member while another had them
    wait_queue changed;

    awaitable<> wait_for(std::function<bool()> met) { co_await testing::until(changed, std::move(met)); }

    void check_each_once() const
    {
        BOOST_TEST(losses == 0);
        BOOST_TEST(shared == 0);
        for (const auto& [record, times] : seen)
            BOOST_TEST_REQUIRE(times == 1, record.first << ' ' << record.second << " came " << times << " times");
    }
};

/// A member that handles a record at once, and commits what it handled when its partitions are wanted and when it
/// leaves: as a flow does.
class group_worker {
public:
    group_worker(asio::any_io_executor loop, const settings& cluster, offload& blocking, group_history& all,
                 std::size_t batch = 1000)
        : source_{std::move(loop), cluster, {.group = "workers", .topics = {"orders"}, .batch = batch}, blocking},
          all_{all}
    {
    }

    /// Until `leave`, and a little longer.
    awaitable<> run()
    {
        for (bool more = true; more;) {
            try {
                const auto next = co_await run_under(stop_.token(), source_.next());
                co_await handle(next);
            } catch (const boost::system::system_error&) {
                more = false;
            }
            all_.changed.wake_all();
        }
        partitions all;
        for (const auto& [where, offset] : next_) all.push_back(where);
        co_await commit(all);
        disown(all);
        co_await source_.close(clock::of(co_await asio::this_coro::executor).now() + std::chrono::seconds{10});
        ended_ = true;
        all_.changed.wake_all();
    }

    void leave() { stop_.cancel(cancel_reason::shutdown); }
    [[nodiscard]] bool ended() const noexcept { return ended_; }
    [[nodiscard]] std::size_t owned() const noexcept { return next_.size(); }

private:
    awaitable<> handle(const event& next)
    {
        if (const auto* some = std::get_if<batch>(&next)) {
            for (const auto& each : some->records) handle(each);
        } else if (const auto* ours = std::get_if<assigned>(&next)) {
            co_await start(ours->partitions);
        } else if (const auto* wanted = std::get_if<revoked>(&next)) {
            co_await commit(wanted->partitions);
            co_await give_up(wanted->partitions);
        } else if (const auto* gone = std::get_if<lost>(&next)) {
            all_.losses += static_cast<int>(gone->partitions.size());
            co_await give_up(gone->partitions);
        } else if (const auto* trouble = std::get_if<failed>(&next)) {
            BOOST_TEST_MESSAGE(trouble->error.message());
        }
    }

    void handle(const record& each)
    {
        const auto at = next_.find({std::string{each.topic()}, each.partition()});
        BOOST_TEST_REQUIRE((at != next_.end()), "a record of a partition that is not ours");
        if (at->second != position::stored) BOOST_TEST_REQUIRE(each.offset() == at->second);
        at->second = each.offset() + 1;
        ++all_.seen[{each.partition(), each.offset()}];
    }

    awaitable<> start(partitions which)
    {
        positions from;
        for (const auto& each : which) {
            if (++all_.owners[each.partition] > 1) ++all_.shared;
            next_[each] = position::stored;
            from.push_back({each, position::stored, {}});
        }
        const auto accepted = co_await source_.accept(std::move(from));
        if (!accepted) BOOST_TEST_MESSAGE(accepted.error().message());
    }

    awaitable<> give_up(partitions which)
    {
        disown(which);
        const auto given = co_await source_.give_up(std::move(which));
        if (!given) BOOST_TEST_MESSAGE(given.error().message());
    }

    void disown(const partitions& which)
    {
        for (const auto& each : which)
            if (next_.erase(each) > 0) --all_.owners[each.partition];
    }

    awaitable<> commit(partitions which)
    {
        positions finished;
        for (const auto& each : which)
            if (next_[each] != position::stored) finished.push_back({each, next_[each], {}});
        const auto is_settled = [&]() -> awaitable<bool> {
            const auto committed = co_await source_.commit(finished);
            if (committed) co_return true;
            BOOST_TEST_MESSAGE(committed.error().message());
            if (committed.error() != errc::assignment_lost) co_return false;
            all_.losses += static_cast<int>(finished.size());
            co_return true;
        };
        co_await testing::until(is_settled, "a commit is accepted, or too late");
    }

    consumer source_;
    group_history& all_;
    cancellation stop_;
    std::map<topic_partition, std::int64_t> next_;
    bool ended_ = false;
};

}  // namespace sluice::kafka
