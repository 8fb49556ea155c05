#include "sluice/process/commands/command.hpp"
#include "sluice/process/commands/letter_filter.hpp"
#include "sluice/process/commands/letter_text.hpp"
#include "sluice/process/commands/letters.hpp"
#include "sluice/process/loop.hpp"

#include <spdlog/fmt/fmt.h>

#include <iostream>

namespace sluice {
namespace {

awaitable<int> show(invocation& call, cancellation_token stop)
{
    const auto executor = co_await asio::this_coro::executor;
    const auto& settings = call.process.settings;
    const letter_filter filter{settings, clock::of(executor).wall()};
    const auto limit = settings.integer("limit", 0);
    const auto json = settings.get<bool>("json");
    offload pool{{.threads = 1}};
    kafka::admin cluster{call.process.kafka, pool, call.process.log};
    auto logs = co_await run_under(stop, letter_topics(call, cluster));

    std::int64_t shown = 0, more = 0;
    const auto read = [&](std::vector<record> letters) -> awaitable<bool> {
        for (const auto& letter : letters) {
            const auto from = provenance_of(letter);
            if (!filter.takes(letter, from)) continue;
            if (limit > 0 && shown == limit) {
                ++more;
                continue;
            }
            std::cout << (json ? letter_json(letter, from) : letter_text(letter, from)) << '\n';
            ++shown;
        }
        co_return true;
    };
    co_await run_under(stop, read_letters(call, std::move(logs), {}, read));
    if (more > 0) std::cerr << fmt::format("{} more are not shown: --limit 0 shows all\n", more);
    if (shown == 0) std::cerr << "no dead letter fits\n";
    co_return 0;
}

int run(invocation& call)
{
    return run_on_loop(call.process.log, [&](cancellation_token stop) { return show(call, std::move(stop)); });
}

std::vector<setting_declaration> options()
{
    auto all = letter_filter::options();
    all.push_back({"limit", "10", "show at most so many; 0: all"});
    all.push_back({"json", "false", "print JSON lines", setting_declaration::kind::toggle});
    return all;
}

}  // namespace

const command& dlq_show_command()
{
    static const command it{.name = "dlq show",
                            .operands = "[TOPIC|ROLE...]",
                            .summary = "show dead letters whole: where they came from, why, headers, value",
                            .help = "The operands are those of `dlq list`; --offset 3/17 shows one letter.",
                            .options = options(),
                            .most = 1000,
                            .run = run};
    return it;
}

}  // namespace sluice
