#include "sluice/process/topology.hpp"

#include "sluice/flow/dead_letter.hpp"

#include <spdlog/fmt/fmt.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include <algorithm>
#include <cctype>
#include <iterator>

namespace json = boost::json;

namespace sluice {
namespace {

chosen_roles all_of(role_table table)
{
    return choose(table, {});
}

std::string node(char kind, std::string_view name)
{
    std::string id{kind, '_'};
    for (const unsigned char c : name) id += std::isalnum(c) ? static_cast<char>(c) : '_';
    return id;
}

json::array names(const topic_references& topics)
{
    json::array list;
    for (const auto& topic : topics) list.emplace_back(topic->name());
    return list;
}

std::vector<std::string> texts(const std::vector<duration>& delays)
{
    std::vector<std::string> all;
    for (const auto delay : delays) all.push_back(delay_text(delay));
    return all;
}

// What the arrow from a topic to a role says.
std::string reading(const reads& input)
{
    if (input.retries.empty()) return input.group;
    return fmt::format("{}<br/>again after {}", input.group, fmt::join(texts(input.retries), ", "));
}

json::object channel(const needed_topic& topic)
{
    const json::object bindings{
        {"topic", topic.name()}, {"partitions", topic.partitions()}, {"bindingVersion", "0.5.0"}};
    return {{"address", topic.name()},
            {"servers", json::array{json::object{{"$ref", "#/servers/kafka"}}}},
            {"messages", json::object{{"record", json::object{{"contentType", "application/json"}}}}},
            {"bindings", json::object{{"kafka", bindings}}}};
}

json::object operation(std::string_view action, const topic_declaration& topic, const role_entry& role)
{
    return {{"action", action},
            {"channel", json::object{{"$ref", "#/channels/" + topic.name()}}},
            {"summary", role.summary}};
}

}  // namespace

std::string topology_mermaid(role_table table)
{
    std::string text = "flowchart LR\n";
    const auto to = std::back_inserter(text);
    for (const auto& role : table) {
        fmt::format_to(to, "    {}[\"{}\"]\n", node('r', role.name), role.name);
        if (role.http && !role.http->routes.empty())
            fmt::format_to(to, "    {}([\"{}\"]) --> {}\n", node('h', role.name), fmt::join(role.http->routes, "<br/>"),
                           node('r', role.name));
    }
    for (const auto& topic : needed_topics(all_of(table)))
        if (topic.what == needed_topic::use::declared)
            fmt::format_to(to, "    {}[(\"{}\")]\n", node('t', topic.name()), topic.name());
    for (const auto& role : table) {
        for (const auto& topic : role.outputs)
            fmt::format_to(to, "    {} --> {}\n", node('r', role.name), node('t', topic->name()));
        for (const auto& input : role.inputs)
            for (const auto& topic : input.topics)
                fmt::format_to(to, "    {} -->|{}| {}\n", node('t', topic->name()), reading(input),
                               node('r', role.name));
    }
    return text;
}

std::string topology_json(role_table table, const settings& given)
{
    json::array roles, topics;
    for (const auto& role : table) {
        json::object one{{"name", role.name}, {"summary", role.summary}};
        if (role.http)
            one["serves"] = json::object{{"port", given.get<std::uint16_t>(role.name + ".http.port")},
                                         {"routes", json::value_from(role.http->routes)}};
        json::array inputs;
        for (const auto& input : role.inputs) {
            json::object reads{{"group", input.group}, {"topics", names(input.topics)}};
            if (!input.retries.empty()) reads["tried_again_after"] = json::value_from(texts(input.retries));
            inputs.push_back(std::move(reads));
        }
        one["reads"] = std::move(inputs);
        one["writes"] = names(role.outputs);
        roles.push_back(std::move(one));
    }
    for (const auto& topic : needed_topics(all_of(table)))
        topics.push_back(json::object{{"name", topic.name()},
                                      {"partitions", topic.partitions()},
                                      {"dead_letters", topic.what == needed_topic::use::dead_letters},
                                      {"retries", topic.what == needed_topic::use::retries}});
    return json::serialize(json::object{{"roles", std::move(roles)}, {"topics", std::move(topics)}});
}

std::string topology_asyncapi(role_table table, std::string_view title, std::string_view bootstrap_servers)
{
    json::object channels, operations;
    for (const auto& topic : needed_topics(all_of(table))) channels[topic.name()] = channel(topic);
    for (const auto& role : table) {
        for (const auto& topic : role.outputs)
            operations[role.name + ".send." + topic->name()] = operation("send", *topic, role);
        for (const auto& input : role.inputs)
            for (const auto& topic : input.topics) {
                auto receive = operation("receive", *topic, role);
                const json::object group{{"type", "string"}, {"enum", json::array{json::value(input.group)}}};
                receive["bindings"] =
                    json::object{{"kafka", json::object{{"groupId", group}, {"bindingVersion", "0.5.0"}}}};
                operations[role.name + ".receive." + topic->name()] = std::move(receive);
            }
    }
    const json::object kafka{{"host", bootstrap_servers}, {"protocol", "kafka"}};
    return json::serialize(json::object{{"asyncapi", "3.0.0"},
                                        {"info", json::object{{"title", title}, {"version", "1"}}},
                                        {"defaultContentType", "application/json"},
                                        {"servers", json::object{{"kafka", kafka}}},
                                        {"channels", std::move(channels)},
                                        {"operations", std::move(operations)}});
}

}  // namespace sluice
