#include "chaos.hpp"

#include "sluice/base/scope.hpp"

#include <algorithm>
#include <csignal>

using namespace sluice;
using namespace std::chrono_literals;

awaitable<> chaos::run(std::function<bool()> enough)
{
    const auto lanes = [&](scope& both) -> awaitable<> {
        both.spawn(deal({&chaos::kill_worker, &chaos::stop_worker, &chaos::suspend_worker, &chaos::join, &chaos::leave,
                         &chaos::kill_worker, &chaos::stop_worker},
                        enough));
        both.spawn(deal({&chaos::bounce_brokers, &chaos::kill_broker}, enough));
        co_return;
    };
    co_await with_scope({}, lanes);
}

awaitable<> chaos::deal(std::vector<action> deck, const std::function<bool()>& enough)
{
    do {
        std::ranges::shuffle(deck, random_);
        for (const auto one : deck) {
            co_await sleep_for(std::chrono::milliseconds{any(100, 2000)});
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
    co_await sleep_for(fault_system::session + std::chrono::milliseconds{any(500, 2000)});
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
    co_await sleep_for(std::chrono::milliseconds{any(0, 3000)});
    co_await what_.kafka.restart(broker);
}
