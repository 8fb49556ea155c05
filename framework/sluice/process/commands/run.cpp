#include "sluice/process/commands/command.hpp"
#include "sluice/process/loop.hpp"
#include "sluice/process/runtime.hpp"

#include <cstdlib>

namespace sluice {
namespace {

// How long Kafka clients may hold back the end of the process, once all that counts is done.
constexpr duration settle_limit = std::chrono::seconds{2};

awaitable<int> run_roles(environment& process, chosen_roles roles, cancellation_token stop)
{
    runtime all{co_await asio::this_coro::executor, process, std::move(roles)};
    if (process.settings.get<bool>("topics.create")) co_await all.create_topics(stop);
    if (stop.cancelled()) co_return 0;
    const auto status = co_await all.run(stop);
    const auto limit = clock::of(co_await asio::this_coro::executor).now() + settle_limit;
    const bool settled = co_await all.settled(limit);
    if (!settled) {
        process.log.warning("the clients of a broker that hangs do not end, and are cut off");
        std::_Exit(status);
    }
    co_return status;
}

int run(invocation& call)
{
    const auto roles = choose(call.what.roles, call.operands);
    return run_on_loop(call.process.log, [&](cancellation_token stop) { return run_roles(call.process, roles, stop); });
}

}  // namespace

const command& run_command()
{
    static const command it{.name = "run",
                            .operands = "[ROLE...]",
                            .summary = "run roles, all of them if none is named, until SIGTERM or Ctrl-C",
                            .help =
                                "The first signal drains: nothing new is taken, what runs is finished, within the\n"
                                "setting `drain`. A second one stops at once.",
                            .most = 1000,
                            .run = run};
    return it;
}

}  // namespace sluice
