#include "busy_flow.hpp"

#include "pace.hpp"

#include <charconv>

namespace sluice {

using namespace std::chrono_literals;

namespace {

awaitable<> send_all(kafka::producer& to, std::vector<outgoing> what)
{
    const auto answers = co_await to.send_all(std::move(what));
    for (const auto& one : answers) one.value();
}

kafka::properties member_properties(kafka::properties given)
{
    given.emplace("auto.offset.reset", "earliest");
    return given;
}

}  // namespace

busy_flow::busy_flow(asio::any_io_executor loop, one_broker& on, settings what)
    : what_{std::move(what)},
      time_{clock::of(loop)},
      to_{loop, on.with(), {}, blocking_, {}},
      member_{loop, on.with(member_properties(what_.member)), {what_.flow.group, {what_.topic}}, blocking_, {}},
      from_{member_},
      flow_{std::make_unique<flow>(from_, to_, what_.flow,
                                   flow_environment{{}, numbers_, time_, stop_.token(), /*seed*/ 1})}
{
}

outgoing busy_flow::next(std::string key)
{
    const auto text = std::to_string(sent_++) + " " + std::to_string(time_.now().time_since_epoch().count());
    return {what_.topic, std::move(key), text};
}

awaitable<> busy_flow::send(std::size_t count)
{
    co_await from_.owns();
    const auto sending = [&](scope& sends) -> awaitable<> {
        pace steady{time_, what_.rate};
        for (const auto end = sent_ + count; sent_ < end;) {
            const auto piece_end = std::min(sent_ + co_await steady.more(), end);
            std::vector<outgoing> piece;
            while (sent_ < piece_end) piece.push_back(next("k" + std::to_string(sent_ % what_.keys)));
            sends.spawn(send_all(to_, std::move(piece)));
        }
    };
    co_await with_scope({}, sending);
}

awaitable<> busy_flow::send_at_once(std::size_t count)
{
    co_await from_.owns();
    std::vector<outgoing> all;
    for (std::size_t i = 0; i < count; ++i) {
        all.push_back(next("own" + std::to_string(sent_)));
        all.back().partition = static_cast<std::int32_t>(i) % what_.partitions;
    }
    co_await send_all(to_, std::move(all));
}

awaitable<> busy_flow::handle(record_handler handler, std::function<awaitable<>()> meanwhile)
{
    const auto both = [&](scope& children) -> awaitable<> {
        children.spawn(flow_->run([&](const record& what, context& about) { return attempt(handler, what, about); }));
        co_await meanwhile();
        stop_.cancel(cancel_reason::shutdown);
    };
    co_await with_scope({}, both);
    co_await to_.close(time_.now() + 5s);
}

awaitable<> busy_flow::until(std::function<bool()> holds)
{
    while (!holds()) co_await attempted_.wait();
}

awaitable<reply> busy_flow::attempt(const record_handler& handler, const record& what, context& about)
{
    const struct end {
        wait_queue& told;
        ~end() { told.wake_all(); }
    } told{attempted_};
    co_return co_await handler(what, about);
}

busy_flow::numbered busy_flow::of(const record& what)
{
    const auto text = what.value().value();
    const auto* end = text.data() + text.size();
    std::size_t number = 0;
    time_point::rep made = 0;
    const auto space = std::from_chars(text.data(), end, number).ptr;
    std::from_chars(space + 1, end, made);
    return {number, time_point{duration{made}}};
}

}  // namespace sluice
