#include "sluice/base/nearest.hpp"
#include "sluice/kafka/admin.hpp"
#include "sluice/process/commands/command.hpp"
#include "sluice/process/loop.hpp"
#include "sluice/process/usage_error.hpp"

#include <spdlog/fmt/fmt.h>

#include <iostream>
#include <map>

namespace sluice {
namespace {

using topics_of_groups = std::map<std::string, std::vector<std::string>>;

topics_of_groups chosen_groups(const invocation& call)
{
    topics_of_groups declared, chosen;
    for (const auto& role : call.what.roles)
        for (const auto& input : role.inputs)
            for (const auto& topic : input.topics) declared[input.group].push_back(topic->name());
    if (call.operands.empty()) return declared;
    std::vector<std::string> known;
    for (const auto& [group, topics] : declared) known.push_back(group);
    for (const auto& group : call.operands) {
        const auto found = declared.find(group);
        if (found == declared.end())
            throw usage_error{fmt::format("no role reads as the group `{}`{}", group, did_you_mean(group, known))};
        chosen.insert(*found);
    }
    return chosen;
}

awaitable<int> show_lag(invocation& call, cancellation_token stop)
{
    const auto groups = chosen_groups(call);
    offload pool{{.threads = 1}};
    kafka::admin admin{call.process.kafka, pool, call.process.log};
    std::vector<std::vector<std::string>> rows{{"GROUP", "TOPIC", "PARTITION", "COMMITTED", "END", "LAG"}};
    std::int64_t total = 0;
    for (const auto& [group, topics] : groups) {
        const auto partitions = co_await run_under(stop, admin.lag(group, topics));
        for (const auto& one : partitions.value()) {
            rows.push_back({group, one.where.topic, std::to_string(one.where.partition),
                            one.committed ? std::to_string(*one.committed) : "-", std::to_string(one.end),
                            std::to_string(one.lag)});
            total += one.lag;
        }
    }
    std::cout << as_table(rows) << "total lag: " << total << '\n';
    co_return 0;
}

int run(invocation& call)
{
    return run_on_loop(call.process.log, [&](cancellation_token stop) { return show_lag(call, std::move(stop)); });
}

}  // namespace

const command& lag_command()
{
    static const command it{.name = "lag",
                            .operands = "[GROUP...]",
                            .summary = "show how far the roles' groups are behind",
                            .most = 1000,
                            .run = run};
    return it;
}

}  // namespace sluice
