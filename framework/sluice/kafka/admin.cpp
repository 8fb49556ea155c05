#include "sluice/kafka/admin.hpp"

#include "sluice/kafka/detail/admin_requests.hpp"
#include "sluice/kafka/detail/client.hpp"

#include <algorithm>

namespace sluice::kafka {
namespace {

using detail::admin_requests;

void compare(const topic_declaration& declared, const detail::topic_properties& found,
             std::vector<topic_difference>& into)
{
    for (const auto& [name, value] : declared.config()) {
        const auto actual = found.find(name);
        if (actual == found.end() || actual->second != value)
            into.push_back(
                {declared.name(), name, value, actual == found.end() ? "(no such property)" : actual->second});
    }
}

result<topics_ensured> ensure_topics(const admin_requests& ask, const std::vector<topic_declaration>& declared,
                                     std::int16_t replication_factor)
{
    const auto existing = ask.partition_counts();
    if (!existing) return existing.error();

    topics_ensured done;
    std::vector<topic_declaration> missing, comparable;
    for (const auto& each : declared) {
        const auto found = existing->find(each.name());
        if (found == existing->end()) {
            missing.push_back(each);
            continue;
        }
        if (found->second != each.partitions())
            done.differences.push_back(
                {each.name(), "partitions", std::to_string(each.partitions()), std::to_string(found->second)});
        if (!each.config().empty()) comparable.push_back(each);
    }
    if (!missing.empty()) {
        auto created = ask.create(missing, replication_factor);
        if (!created) return created.error();
        done.created = std::move(*created);
    }
    for (const auto& each : comparable) {
        const auto found = ask.properties_of(each.name());
        if (!found) return found.error();
        compare(each, *found, done.differences);
    }
    return done;
}

// What the controller has made, a broker learns a little later.
result<> known(const admin_requests& ask, const std::vector<std::string>& topics)
{
    const auto existing = ask.partition_counts();
    if (!existing) return existing.error();
    for (const auto& each : topics)
        if (!existing->contains(each)) return error{errc::unavailable, each + " is made, and not known yet"};
    return {};
}

result<std::vector<partition_range>> ranges(const admin_requests& ask, std::vector<std::string> names)
{
    const auto existing = ask.partition_counts();
    if (!existing) return existing.error();
    if (names.empty())
        for (const auto& [name, count] : *existing) names.push_back(name);
    std::ranges::sort(names);
    std::vector<partition_range> all;
    for (const auto& name : names) {
        const auto found = existing->find(name);
        if (found == existing->end()) return error{errc::not_found, "there is no topic " + name};
        for (std::int32_t partition = 0; partition < found->second; ++partition) {
            auto range = ask.range_of({name, partition});
            if (!range) return range.error();
            all.push_back(std::move(*range));
        }
    }
    return all;
}

result<std::vector<partition_lag>> lag_of(const admin_requests& ask, const std::string& group,
                                          std::vector<std::string> topics)
{
    if (topics.empty()) return std::vector<partition_lag>{};
    const auto logs = ranges(ask, std::move(topics));
    if (!logs) return logs.error();
    partitions all;
    for (const auto& each : *logs) all.push_back(each.where);
    const auto committed = ask.committed(group, all);
    if (!committed) return committed.error();
    std::vector<partition_lag> lags;
    for (const auto& [where, begin, end] : *logs) {
        const auto found = std::ranges::find(*committed, where, &position::where);
        partition_lag each{where, {}, end, end - begin};
        if (found != committed->end() && found->offset != position::stored) {
            each.committed = found->offset;
            each.lag = end - std::clamp(found->offset, begin, end);
        }
        lags.push_back(std::move(each));
    }
    return lags;
}

// A partition that has just been made, or moved, has no leader for a moment.
template <class Work>
awaitable<std::invoke_result_t<Work&, std::stop_token>> patiently(offload& blocking, duration time_limit, Work work)
{
    auto& time = clock::of(co_await asio::this_coro::executor);
    const auto until = time.now() + time_limit;
    for (;;) {
        auto answer = co_await blocking.run(work);
        if (answer || !(answer.error() == errc::unavailable) || time.now() >= until) co_return answer;
        co_await sleep_for(std::chrono::milliseconds{50});
    }
}

}  // namespace

std::string topic_difference::message() const
{
    return topic + ": " + what + ": declared " + declared + ", found " + found;
}

admin::admin(const settings& cluster, offload& blocking, logger log, admin_settings how)
    : blocking_{blocking},
      how_{how},
      client_{detail::destroyed_on(
          blocking, detail::client::make(cluster, detail::client_kind::admin, {}, 0, std::move(log)).value())}
{
}

awaitable<result<topics_ensured>> admin::ensure(std::vector<topic_declaration> declared)
{
    auto work = [ask = admin_requests{client_, how_.time_limit}, declared = std::move(declared),
                 replicas = how_.replication_factor.value_or(-1)](std::stop_token) {
        return ensure_topics(ask, declared, replicas);
    };
    auto done = co_await patiently(blocking_, how_.time_limit, std::move(work));
    if (!done || done->created.empty()) co_return done;
    auto look = [ask = admin_requests{client_, how_.time_limit}, created = done->created](std::stop_token) {
        return known(ask, created);
    };
    const auto seen = co_await patiently(blocking_, how_.time_limit, std::move(look));
    if (!seen) co_return seen.error();
    co_return done;
}

awaitable<result<std::vector<partition_range>>> admin::topics(std::vector<std::string> names)
{
    auto work = [ask = admin_requests{client_, how_.time_limit}, names = std::move(names)](std::stop_token) {
        return ranges(ask, names);
    };
    return patiently(blocking_, how_.time_limit, std::move(work));
}

awaitable<result<positions>> admin::committed(std::string group, partitions of)
{
    auto work = [ask = admin_requests{client_, how_.time_limit}, group = std::move(group),
                 of = std::move(of)](std::stop_token) { return ask.committed(group, of); };
    return patiently(blocking_, how_.time_limit, std::move(work));
}

awaitable<result<std::vector<partition_lag>>> admin::lag(std::string group, std::vector<std::string> topics)
{
    auto work = [ask = admin_requests{client_, how_.time_limit}, group = std::move(group),
                 topics = std::move(topics)](std::stop_token) { return lag_of(ask, group, topics); };
    return patiently(blocking_, how_.time_limit, std::move(work));
}

}  // namespace sluice::kafka
