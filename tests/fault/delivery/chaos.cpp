#include "chaos.hpp"

#include "sluice/base/scope.hpp"

#include <algorithm>
#include <csignal>

using namespace sluice;
using namespace std::chrono_literals;

chaos::deck chaos::members()
{
    return {&chaos::kill_worker, &chaos::kill_worker,    &chaos::stop_worker, &chaos::stop_worker,
            &chaos::join,        &chaos::suspend_worker, &chaos::leave};
}

chaos::deck chaos::brokers()
{
    return {&chaos::bounce_brokers, &chaos::kill_broker};
}

chaos::deck chaos::connections()
{
    return {&chaos::cut, &chaos::cut, &chaos::cut_and_refuse, &chaos::slow_down, &chaos::halt};
}

awaitable<> chaos::run(std::vector<deck> lanes, std::function<bool()> enough)
{
    const auto all = [&](scope& running) -> awaitable<> {
        for (auto& cards : lanes) running.spawn(deal(std::move(cards), enough));
        co_return;
    };
    co_await with_scope({}, all);
}

awaitable<> chaos::deal(deck cards, const std::function<bool()>& enough)
{
    do {
        std::ranges::shuffle(cards, random_);
        for (const auto one : cards) {
            co_await span(100ms, 2s);
            co_await (this->*one)();
        }
    } while (!enough());
}

std::unique_ptr<fault_system::member> chaos::take_worker()
{
    auto& all = what_.workers();
    const auto which = all.begin() + static_cast<std::ptrdiff_t>(any(std::size_t{0}, all.size() - 1));
    auto taken = std::move(*which);
    all.erase(which);
    return taken;
}

awaitable<> chaos::kill_worker()
{
    const auto victim = take_worker();
    victim->process->signal(SIGKILL);
    co_await victim->process->wait();
    what_.count("worker kills");
    what_.add_worker();
}

awaitable<> chaos::stop_worker()
{
    const auto victim = take_worker();
    what_.count("worker stops");
    co_await what_.stop(*victim, false);
    what_.add_worker();
}

// Its session ends while it hangs, others take its partitions over, and it wakes up as a zombie.
awaitable<> chaos::suspend_worker()
{
    auto victim = take_worker();
    victim->process->signal(SIGSTOP);
    what_.count("worker suspensions");
    co_await span(fault_system::session + 500ms, fault_system::session + 2s);
    victim->process->signal(SIGCONT);
    what_.workers().push_back(std::move(victim));
}

awaitable<> chaos::join()
{
    what_.add_worker();
    what_.count("joins");
    co_return;
}

awaitable<> chaos::leave()
{
    if (what_.workers().size() < 2) co_return;
    const auto victim = take_worker();
    what_.count("leaves");
    co_await what_.stop(*victim, false);
}

awaitable<> chaos::bounce_brokers()
{
    for (int broker = 1; broker <= 3; ++broker) {
        co_await what_.kafka.stop(broker);
        co_await what_.kafka.restart(broker);
        what_.count("broker bounces");
    }
}

awaitable<> chaos::kill_broker()
{
    const int broker = any(1, 3);
    co_await what_.kafka.kill(broker);
    what_.count("broker kills");
    co_await span(0ms, 3s);
    co_await what_.kafka.restart(broker);
}

proxy& chaos::any_proxy()
{
    return *what_.proxies.at(any(std::size_t{0}, what_.proxies.size() - 1));
}

awaitable<> chaos::cut()
{
    for (const auto& one : what_.proxies) one->cut();
    what_.count("cuts");
    co_return;
}

awaitable<> chaos::cut_and_refuse()
{
    auto& one = any_proxy();
    one.refuse(true);
    one.cut();
    what_.count("refusals");
    co_await span(1s, 3s);
    one.refuse(false);
}

awaitable<> chaos::slow_down()
{
    const auto by = any(duration{20ms}, duration{200ms});
    for (const auto& one : what_.proxies) one->slow_down(by);
    what_.count("slow spells");
    co_await span(2s, 5s);
    for (const auto& one : what_.proxies) one->slow_down({});
}

awaitable<> chaos::halt()
{
    auto& one = any_proxy();
    one.halt(true);
    what_.count("halts");
    co_await span(fault_system::session + 500ms, fault_system::session + 2s);
    one.halt(false);
}
