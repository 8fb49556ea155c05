#include "simulation/flow/stage.hpp"

#include <algorithm>

namespace sluice::testing {
namespace {

std::vector<logged> all_of(const simulated_log& log, const std::string& topic)
{
    std::vector<logged> all;
    for (const auto& where : log.all_of(topic))
        for (const auto& one : log.read(where)) all.push_back(one);
    return all;
}

simulated_group& group_of(simulated_broker& broker, std::int32_t partitions)
{
    broker.log().create("in", partitions);
    broker.log().create("in.g.dlt", partitions);
    broker.log().create("out", 1);
    return broker.group("in");
}

}  // namespace

stage::stage(const asio::any_io_executor& executor, std::int32_t partitions)
    : broker{executor},
      group{group_of(broker, partitions)},
      member{broker.join(group)},
      sink{broker.producer()},
      transactions{broker.transactional_producer()},
      start_{broker.time().now()}
{
    settings.group = "g";
    settings.dead_letters = true;
}

awaitable<> stage::run(record_handler handler, script what)
{
    const flow_environment around{
        .log = log, .numbers = numbers, .time = broker.time(), .stop = stop.token(), .seed = 1};
    if (settings.mode == delivery::exactly_once)
        subject.emplace(member, transactions, settings, around);
    else
        subject.emplace(member, sink, settings, around);
    // Siblings, so that the script ends when the flow fails.
    auto body = [&](scope& children) -> awaitable<> {
        children.spawn(subject->run(std::move(handler)));
        children.spawn(play(std::move(what)));
        co_return;
    };
    co_await with_scope({}, body);
}

awaitable<> stage::play(script what)
{
    group.assign(member, broker.log().all_of("in"));
    co_await what();
    stop.cancel(cancel_reason::shutdown);
}

std::int64_t stage::put(std::string value, std::optional<std::string> key, std::int32_t partition, headers with)
{
    return broker.log().append({"in", std::move(key), std::move(value), std::move(with), partition, {}}).value().offset;
}

std::optional<std::int64_t> stage::committed(std::int32_t partition) const
{
    const auto at = group.committed({"in", partition});
    return at ? std::optional{at->offset} : std::nullopt;
}

std::vector<logged> stage::dead_letters() const
{
    return all_of(broker.log(), "in.g.dlt");
}

std::vector<logged> stage::emitted() const
{
    return all_of(broker.log(), "out");
}

awaitable<> stage::until(std::function<bool()> holds) const
{
    const auto end = broker.time().now() + 1h;
    while (!holds()) {
        BOOST_REQUIRE_MESSAGE(broker.time().now() < end, "waited for an hour in vain:\n" << broker.history().tail(20));
        co_await sleep_for(1ms);  // for all that is to happen at once
        if (holds()) break;
        if (const auto next = broker.time().next()) co_await sleep_until(std::min(*next, end));
    }
}

record_handler scripted_handler::get()
{
    return [this](const record& what, context& about) { return handle(what, about); };
}

awaitable<reply> scripted_handler::handle(const record& what, context& about)
{
    const std::string value{what.value().value_or("")};
    started.push_back({value, about.attempt(), on_.elapsed()});
    most_at_once = std::max(most_at_once, ++running_);
    std::exception_ptr cut;
    try {
        if (const auto span = takes.find(value); span != takes.end()) co_await sleep_for(span->second);
    } catch (...) {
        cut = std::current_exception();
    }
    --running_;
    if (cut) {
        cut_short.push_back(value);
        std::rethrow_exception(cut);
    }
    const auto fails = failures.find(value);
    if (fails != failures.end() && (fails->second < 0 || about.attempt() <= fails->second))
        throw std::runtime_error{"not today"};
    ended.push_back(value);
    const auto answer = replies.find(value);
    co_return answer == replies.end() ? reply{} : answer->second;
}

}  // namespace sluice::testing
