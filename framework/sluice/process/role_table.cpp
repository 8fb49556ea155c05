#include "sluice/process/role_table.hpp"

#include "sluice/base/nearest.hpp"
#include "sluice/flow/dead_letter.hpp"
#include "sluice/process/usage_error.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

namespace sluice {
namespace {

template <class... Args>
[[noreturn]] void mistake(fmt::format_string<Args...> text, Args&&... args)
{
    throw std::logic_error{"the role table: " + fmt::format(text, std::forward<Args>(args)...)};
}

bool is_role_name(std::string_view name)
{
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    return !name.empty() && std::ranges::all_of(name, fits);
}

// Kafka's own rule.
bool is_topic_name(std::string_view name)
{
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    };
    return !name.empty() && name.size() <= 249 && name != "." && name != ".." && std::ranges::all_of(name, fits);
}

// Room for the headers that a dead letter, and a record on a detour, has on top of its record.
std::map<std::string, std::string> roomy_config(const topic_declaration& source)
{
    static constexpr long long kafkas_default = 1'048'588, headers = 64 * 1024;
    const auto declared = source.config().find("max.message.bytes");
    const auto size = declared == source.config().end() ? kafkas_default : std::stoll(declared->second);
    return {{"max.message.bytes", std::to_string(size + headers)}};
}

bool names(const topic_references& topics, std::string_view name)
{
    return std::ranges::any_of(topics, [&](const topic_reference& one) { return one->name() == name; });
}

bool goes_round(const reads& input, const topic_declaration& from, std::string_view topic)
{
    return std::ranges::any_of(input.retries,
                               [&](duration delay) { return topic == retry_topic(from.name(), input.group, delay); });
}

bool same(const topic_declaration& left, const topic_declaration& right)
{
    return left.partitions() == right.partitions() && left.config() == right.config();
}

}  // namespace

void role_entry::declare(reads from)
{
    if (from.group.empty()) from.group = name;
    inputs.push_back(std::move(from));
}

void role_entry::declare(const writes& to)
{
    outputs.insert(outputs.end(), to.topics.begin(), to.topics.end());
}

void role_entry::declare(serves where)
{
    if (http) mistake("the role {} serves twice", name);
    http = std::move(where);
}

bool role_entry::writes_to(std::string_view topic) const
{
    return names(outputs, topic);
}

const reads* role_entry::input(std::string_view topic, std::string_view group) const
{
    const auto found = std::ranges::find_if(
        inputs, [&](const reads& one) { return (group.empty() || one.group == group) && names(one.topics, topic); });
    return found == inputs.end() ? nullptr : &*found;
}

bool role_entry::may_send(std::string_view topic) const
{
    if (writes_to(topic)) return true;
    for (const auto& input : inputs)
        for (const auto& from : input.topics)
            if (topic == dead_letter_topic(from->name(), input.group) || goes_round(input, *from, topic)) return true;
    return false;
}

void check(role_table table)
{
    std::set<std::string_view> names;
    std::map<unsigned short, std::string_view> ports;
    std::map<std::string_view, const topic_declaration*> topics;
    std::map<std::pair<std::string_view, std::string_view>, std::string_view> readers;

    const auto declared = [&](const topic_declaration& topic, std::string_view role) {
        if (!is_topic_name(topic.name()))
            mistake("{} names a topic \"{}\", which Kafka does not allow", role, topic.name());
        if (topic.partitions() < 1) mistake("the topic {} has {} partitions", topic.name(), topic.partitions());
        if (!same(topic, *topics.emplace(topic.name(), &topic).first->second))
            mistake("the topic {} is declared twice, and differently", topic.name());
    };
    for (const auto& entry : table) {
        if (!is_role_name(entry.name))
            mistake("\"{}\" is no name for a role (lower-case letters, digits and dashes)", entry.name);
        if (!names.insert(entry.name).second) mistake("there are two roles called {}", entry.name);
        if (!entry.body) mistake("the role {} has nothing to run", entry.name);
        if (entry.http && entry.http->port != 0) {
            const auto [at, free] = ports.emplace(entry.http->port, entry.name);
            if (!free) mistake("{} and {} both serve on port {}", at->second, entry.name, entry.http->port);
        }
        for (const auto& topic : entry.outputs) declared(*topic, entry.name);
        for (const auto& input : entry.inputs)
            for (const auto& topic : input.topics) {
                declared(*topic, entry.name);
                for (const auto delay : input.retries)
                    if (delay <= duration::zero() || delay % std::chrono::milliseconds{1} != duration::zero())
                        mistake("{} tries {} again after what is no whole number of milliseconds", entry.name,
                                topic->name());
                const auto [at, free] = readers.emplace(
                    std::pair<std::string_view, std::string_view>{topic->name(), input.group}, entry.name);
                if (!free)
                    mistake("{} and {} both read {} as the group {}", at->second, entry.name, topic->name(),
                            input.group);
            }
    }
}

std::optional<topic_reference> find_topic(role_table table, std::string_view name)
{
    for (const auto& role : table) {
        for (const auto& topic : role.outputs)
            if (topic->name() == name) return topic;
        for (const auto& input : role.inputs)
            for (const auto& topic : input.topics)
                if (topic->name() == name) return topic;
    }
    return std::nullopt;
}

chosen_roles choose(role_table table, std::span<const std::string> names)
{
    chosen_roles chosen;
    if (names.empty())
        for (const auto& entry : table) chosen.push_back(&entry);
    for (const auto& name : names) {
        const auto found = std::ranges::find(table, name, &role_entry::name);
        if (found == table.end()) {
            std::vector<std::string> known;
            for (const auto& entry : table) known.push_back(entry.name);
            throw usage_error{fmt::format("there is no role `{}`{}", name, did_you_mean(name, known))};
        }
        if (std::ranges::find(chosen, &*found) == chosen.end()) chosen.push_back(&*found);
    }
    return chosen;
}

std::vector<needed_topic> needed_topics(const chosen_roles& roles)
{
    std::map<std::string, needed_topic> needed;
    using use = needed_topic::use;
    const auto add = [&](std::string name, topic_settings how, use what) {
        needed.emplace(name, needed_topic{name, std::move(how), what});
    };
    const auto add_declared = [&](const topic_reference& topic) {
        add(topic->name(), {topic->partitions(), topic->config()}, use::declared);
    };
    for (const auto* role : roles) {
        for (const auto& topic : role->outputs) add_declared(topic);
        for (const auto& input : role->inputs)
            for (const auto& topic : input.topics) {
                add_declared(topic);
                const topic_settings roomy{topic->partitions(), roomy_config(*topic)};
                add(dead_letter_topic(topic->name(), input.group), roomy, use::dead_letters);
                add(retry_topic(topic->name(), input.group, {}), roomy, use::retries);
                for (const auto delay : input.retries)
                    add(retry_topic(topic->name(), input.group, delay), roomy, use::retries);
            }
    }
    std::vector<needed_topic> list;
    for (auto& [name, topic] : needed) list.push_back(std::move(topic));
    return list;
}

}  // namespace sluice
