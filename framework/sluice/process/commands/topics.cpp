#include "sluice/process/topics.hpp"

#include "sluice/kafka/admin.hpp"
#include "sluice/process/commands/command.hpp"
#include "sluice/process/loop.hpp"

#include <iostream>
#include <map>

namespace sluice {
namespace {

struct existing_topic {
    std::int32_t partitions = 0;
    std::int64_t records = 0;  ///< at most: where compaction or transactions leave gaps, fewer
};

std::map<std::string, existing_topic> by_name(const std::vector<kafka::partition_range>& all)
{
    std::map<std::string, existing_topic> found;
    for (const auto& one : all) {
        auto& topic = found[one.where.topic];
        ++topic.partitions;
        topic.records += one.end - one.begin;
    }
    return found;
}

awaitable<int> list_topics(invocation& call, cancellation_token stop)
{
    const auto needed = needed_topics(choose(call.what.roles, {}));
    if (call.process.settings.get<bool>("create")) co_await run_under(stop, create_topics(call.process, needed));
    offload pool{{.threads = 1}};
    kafka::admin admin{call.process.kafka, pool, call.process.log};
    const auto all = co_await run_under(stop, admin.topics());
    auto existing = by_name(all.value());

    bool fits = true;
    std::vector<std::vector<std::string>> rows{{"TOPIC", "DECLARED", "FOUND", "RECORDS", ""}};
    for (const auto& topic : needed) {
        const auto declared = std::to_string(topic.partitions());
        const auto found = existing.extract(topic.name());
        if (!found) {
            rows.push_back({topic.name(), declared, "-", "-", "missing"});
        } else {
            const auto& [partitions, records] = found.mapped();
            rows.push_back({topic.name(), declared, std::to_string(partitions), std::to_string(records),
                            partitions == topic.partitions() ? "" : "differs"});
        }
        fits = fits && rows.back().back().empty();
    }
    for (const auto& [name, topic] : existing)
        rows.push_back({name, "-", std::to_string(topic.partitions), std::to_string(topic.records), "not declared"});
    std::cout << as_table(rows);
    co_return fits ? 0 : 1;
}

int run(invocation& call)
{
    return run_on_loop(call.process.log, [&](cancellation_token stop) { return list_topics(call, std::move(stop)); });
}

}  // namespace

const command& topics_command()
{
    static const command it{
        .name = "topics",
        .operands = "",
        .summary = "compare the partitions of the topics that roles declare with those of the cluster",
        .help = "The exit status is 1 if a declared topic is missing or differs.",
        .options = {{"create", "false", "create what is missing first", setting_declaration::kind::toggle}},
        .run = run};
    return it;
}

}  // namespace sluice
