#include "sluice/process/flow_listing.hpp"

#include "sluice/base/wait_queue.hpp"
#include "sluice/flow/flow.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <memory>

namespace sluice {
namespace {

constexpr duration patience = std::chrono::seconds{1};

struct answers {
    std::vector<std::optional<std::vector<listed_flow>>> of;
    wait_queue came;
    [[nodiscard]] bool complete() const
    {
        return std::ranges::all_of(of, [](const auto& one) { return one.has_value(); });
    }
};

std::vector<listed_flow> listed(const detail::shard& where, std::uint32_t number)
{
    std::vector<listed_flow> all;
    for (const auto& role : where.roles())
        for (const auto& one : role.flows) {
            auto now = one.what->report();
            all.push_back({role.entry.name, number, now.group, now.handler, std::move(now.partitions)});
        }
    return all;
}

}  // namespace

awaitable<flow_listing> list_flows(std::list<detail::shard>& shards)
{
    const auto loop = co_await asio::this_coro::executor;
    const auto told = std::make_shared<answers>();
    told->of.resize(shards.size());
    std::uint32_t number = 0;
    for (auto& one : shards) {
        const auto answer = [&one, told, number, loop] {
            auto keep = [told, number, all = listed(one, number)]() mutable {
                told->of[number] = std::move(all);
                told->came.wake_all();
            };
            asio::post(loop, std::move(keep));
        };
        asio::post(one.loop(), answer);
        ++number;
    }
    const auto limit = clock::of(loop).now() + patience;
    while (!told->complete()) {
        const bool in_time = co_await told->came.wait_until(limit);
        if (!in_time) break;
    }
    flow_listing all;
    for (number = 0; number < told->of.size(); ++number) {
        auto& some = told->of[number];
        if (!some)
            all.silent_shards.push_back(number);
        else
            all.flows.insert(all.flows.end(), std::make_move_iterator(some->begin()),
                             std::make_move_iterator(some->end()));
    }
    co_return all;
}

}  // namespace sluice
