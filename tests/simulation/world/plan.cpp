#include "simulation/world/plan.hpp"

#include "sluice/flow/dead_letter.hpp"

#include <array>

namespace sluice::testing {
namespace {

using namespace std::chrono_literals;
using order = run_rules::order;

constexpr std::array orders{order::key, order::partition, order::none};
constexpr std::array names{"by partition", "by key", "unordered"};  // in the order of `ordering`

fortune draw_record(decisions& decide, std::uint64_t index, const plan& of, duration longest_pause)
{
    auto dice = decide.about("record", index);
    fortune one{.takes = dice.between(0ns, 50ms), .emits = dice.chance(0.3) ? dice.between(1, 2) : 0};
    if (dice.chance(0.9))
        one.key = std::string(1, static_cast<char>('a' + dice.between(0, 7)));
    else
        one.partition = dice.between(0, of.partitions - 1);
    if (dice.chance(0.3)) one.pause = dice.between(0ns, longest_pause);
    if (auto how = decide.maybe(happening::handler_slow, 0.1)) one.takes = how->between(0ns, 8s);
    if (auto how = decide.maybe(happening::handler_failure, 0.2)) one.failures = how->between(1, 2);
    if (of.deadlines)
        if (auto how = decide.maybe(happening::deadline, 0.2)) one.deadline = how->between(-1s, 30s);
    one.poison = decide.maybe(happening::poison, 0.08).has_value();
    one.left_out = decide.is_overruled({happening::record_left_out, static_cast<std::uint32_t>(index)});
    return one;
}

}  // namespace

int attempts(const plan& what)
{
    const auto detours = static_cast<int>(what.settings.retry_topics.size());
    return detours > 0 ? detours + 1 : what.settings.retry.attempts;
}

std::vector<std::string> retries(const plan& what)
{
    std::vector<std::string> topics;
    for (const auto delay : what.settings.retry_topics) topics.push_back(retry_topic("in", what.settings.group, delay));
    return topics;
}

std::vector<std::chrono::milliseconds> delays(const plan& what)
{
    std::vector<std::chrono::milliseconds> all;
    for (const auto delay : what.settings.retry_topics)
        all.push_back(std::chrono::floor<std::chrono::milliseconds>(delay));
    return all;
}

std::optional<std::string> class_of(const fortune& fate, const plan& what)
{
    if (fate.poison && fate.failures == 0) return "permanent";
    if (fate.poison || fate.failures >= attempts(what)) return "exhausted";
    return std::nullopt;
}

plan draw_plan(decisions& decide)
{
    plan all;
    auto dice = decide.about("plan");
    all.protocol = dice.chance(0.5) ? simulated_group::protocol::cooperative : simulated_group::protocol::eager;
    all.partitions = dice.between(1, 4);
    all.processes = dice.between<std::size_t>(1, 3);
    all.disorder = std::array{0.0, 0.02, 0.5}[dice.between<std::size_t>(0, 2)];
    all.trouble = dice.between(duration{5s}, duration{40s});

    auto& settings = all.settings;
    settings.group = "workers";
    settings.dead_letters = true;
    const auto running = dice.between<std::size_t>(1, 12);
    const std::array<ordering, 3> policies{by_key{running}, by_partition{running}, unordered{running}};
    const auto policy = dice.between<std::size_t>(0, 2);
    settings.order = policies.at(policy);
    all.effects = orders.at(policy);
    settings.retry = {.attempts = 3, .first_delay = dice.between(50ms, 2s), .max_delay = 5s};
    const auto mode = dice.between(0, 9);
    if (mode < 3) settings.mode = delivery::exactly_once;
    if (mode == 3) {
        settings.mode = delivery::at_most_once;
        settings.retry.attempts = 1;
        settings.dead_letters = false;
    }
    settings.transaction = {.records = dice.between<std::size_t>(1, 60), .age = dice.between(10ms, 1s)};
    if (dice.chance(0.2)) settings.limit = {.per_second = dice.between(10, 200) * 1.0, .burst = 5};
    if (dice.chance(0.3))
        settings.breaker = {.window = dice.between<std::size_t>(2, 10), .failures = 0.5, .open = dice.between(1s, 5s)};
    if (settings.mode != delivery::at_most_once && all.effects == order::none && dice.chance(0.7)) {
        settings.retry.attempts = 1;
        auto delay = duration::zero();
        for (auto left = dice.between(1, 3); left > 0; --left) {
            delay += std::chrono::ceil<std::chrono::milliseconds>(dice.between(duration{100ms}, duration{6s}));
            settings.retry_topics.push_back(delay);
        }
        all.retry_partitions = dice.between(1, all.partitions);
    }
    all.deadlines = dice.chance(0.4);
    settings.parked = dice.between<std::size_t>(1, 30);
    settings.ahead = dice.between<std::size_t>(5, 100);
    settings.commit_interval = dice.between(50ms, 2s);
    settings.drain = dice.between(100ms, 5s);

    const auto count = dice.between<std::size_t>(10, 300);
    for (std::size_t index = 0; index < count; ++index)
        all.records.push_back(draw_record(decide, index, all, 4 * all.trouble / static_cast<int>(count)));
    return all;
}

std::string to_string(const plan& what)
{
    static constexpr std::array modes{"at least once, ", "exactly once, ", "at most once, "};
    const auto protocol = what.protocol == simulated_group::protocol::eager ? ", eager, " : ", cooperative, ";
    return modes.at(static_cast<std::size_t>(what.settings.mode)) + std::to_string(what.processes) + " processes, " +
           std::to_string(what.partitions) + " partitions" + protocol + names.at(what.settings.order.index()) +
           ", parked " + std::to_string(what.settings.parked) +
           (what.settings.retry_topics.empty() ? "" : ", detours ") +
           (what.settings.retry_topics.empty() ? "" : std::to_string(what.settings.retry_topics.size())) +
           (what.deadlines ? ", deadlines" : "");
}

}  // namespace sluice::testing
