#include "busy_flow.hpp"

#include "pace.hpp"

#include <charconv>

namespace sluice {

using namespace std::chrono_literals;

busy_flow::busy_flow(asio::any_io_executor loop, one_broker& on, settings what)
    : what_{std::move(what)},
      time_{clock::of(loop)},
      to_{loop, on.with(), {}, blocking_, {}},
      member_{loop, on.with({{"auto.offset.reset", "earliest"}}), {what_.flow.group, {what_.topic}}, blocking_, {}},
      from_{member_},
      flow_{std::make_unique<flow>(from_, to_, what_.flow,
                                   flow_environment{{}, numbers_, time_, stop_.token(), /*seed*/ 1})}
{
}

awaitable<> busy_flow::send(std::size_t count)
{
    co_await from_.owns();
    const auto sending = [&](scope& sends) -> awaitable<> {
        auto one_piece = [](kafka::producer& to, std::vector<outgoing> piece) -> awaitable<> {
            const auto answers = co_await to.send_all(std::move(piece));
            for (const auto& one : answers) one.value();
        };
        pace steady{time_, what_.rate};
        for (std::size_t sent = 0; sent < count;) {
            const auto end = std::min(sent + co_await steady.more(), count);
            const auto now = time_.now();
            std::vector<outgoing> piece;
            for (; sent < end; ++sent) {
                const auto text = std::to_string(sent) + " " + std::to_string(now.time_since_epoch().count());
                piece.push_back({what_.topic, "k" + std::to_string(sent % what_.keys), text});
            }
            sends.spawn(one_piece(to_, std::move(piece)));
        }
    };
    co_await with_scope({}, sending);
}

awaitable<> busy_flow::handle(record_handler handler, std::function<bool()> enough)
{
    const auto both = [&](scope& children) -> awaitable<> {
        children.spawn(flow_->run([&](const record& what, context& about) { return attempt(handler, what, about); }));
        while (!enough()) co_await attempted_.wait();
        stop_.cancel(cancel_reason::shutdown);
    };
    co_await with_scope({}, both);
    co_await to_.close(time_.now() + 5s);
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
