#include "sluice/kafka/detail/configuration.hpp"

#include "sluice/base/nearest.hpp"
#include "sluice/kafka/detail/known_properties.hpp"
#include "sluice/kafka/detail/version.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace sluice::kafka::detail {
namespace {

struct reserved_property {
    std::string_view name;
    std::vector<std::string_view> accepted;  ///< what we set anyway, in each way to write it; empty: not to be set
    std::string_view why;
};

const reserved_property* find_reserved(std::string_view name)
{
    static const std::vector<std::string_view> yes{"true"}, no{"false"}, all{"all", "-1"};
    static const std::string_view commits = "an offset is committed only when its record is handled";
    static const std::string_view durable = "a send is acknowledged only when every in-sync replica has the record";
    static const std::array<reserved_property, 12> reserved{{
        {"enable.auto.commit", no, commits},
        {"auto.commit.enable", no, commits},
        {"enable.auto.offset.store", no, commits},
        {"isolation.level", {"read_committed"}, "records of an aborted transaction are never handled"},
        {"acks", all, durable},
        {"request.required.acks", all, durable},
        {"enable.idempotence", yes, "one send never makes two records, and a key's records stay in order"},
        {"delivery.report.only.error", no, "every send waits for its report"},
        {"queuing.strategy", {"fifo"}, "a key's records stay in order"},
        {"group.id", {}, "each flow names its own group"},
        {"group.instance.id", {}, "each member has its own (setting `instance`)"},
        {"transactional.id", {}, "each exactly-once flow names its own transactions"},
    }};
    for (const auto& each : reserved)
        if (each.name == name) return &each;
    return nullptr;
}

std::string shown(std::string_view name, const std::string& value)
{
    return is_secret(name) ? "(secret)" : "\"" + value + "\"";
}

result<> set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value)
{
    std::array<char, 512> reason{};
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason.data(), reason.size()) == RD_KAFKA_CONF_OK)
        return {};
    std::string words = "Kafka property `" + name + "` = " + shown(name, value);
    // The reason may quote the value.
    if (!is_secret(name)) words.append(": ").append(reason.data());
    return error{errc::invalid, std::move(words)};
}

result<> set_all(rd_kafka_conf_t* conf, const properties& from)
{
    for (const auto& [name, value] : from)
        if (auto done = set(conf, name, value); !done) return done;
    return {};
}

properties defaults(client_kind kind)
{
    properties ours{
        {"client.id", "sluice"},
        {"socket.nagle.disable", "true"},
        // A broker that comes back is found soon. And while it waits to connect, librdkafka does not look whether
        // records have expired.
        {"reconnect.backoff.max.ms", "1000"},
    };
    switch (kind) {
        case client_kind::producer:
            ours.insert({
                {"acks", "all"},
                {"enable.idempotence", "true"},
                {"partitioner", "murmur2_random"},  // a key lands where Java's clients put it
                {"linger.ms", "0"},                 // requests in flight are time enough to gather
                {"message.timeout.ms", "30000"},
            });
            break;
        case client_kind::consumer:
            ours.insert({
                {"enable.auto.commit", "false"},
                {"enable.auto.offset.store", "false"},
                {"isolation.level", "read_committed"},
                {"auto.offset.reset", "earliest"},  // what was sent before a group's first start is handled too
                {"partition.assignment.strategy", cooperative_is_safe() ? "cooperative-sticky" : "range,roundrobin"},
            });
            if (fetches_when_there_is_room()) ours.emplace("fetch.queue.backoff.ms", "10");  // not a second
            break;
        case client_kind::admin: break;
    }
    return ours;
}

properties embedded_defaults(client_kind kind)
{
    if (kind != client_kind::consumer) return {};
    return {
        {"fetch.wait.max.ms", "5"},  // an empty fetch waits for all of it, even when data arrives
        // Giving up everything on a rebalance cannot be committed there.
        {"partition.assignment.strategy", "cooperative-sticky"},
    };
}

// The new group protocol (KIP-848) has the broker decide these, and refuses them.
void drop_for_consumer_protocol(properties& ours, const properties& users)
{
    const auto protocol = users.find("group.protocol");
    if (protocol != users.end() && protocol->second == "consumer") ours.erase("partition.assignment.strategy");
}

bool is_for(property_scope scope, client_kind kind)
{
    return scope == property_scope::both || (scope == property_scope::producer && kind == client_kind::producer) ||
           (scope == property_scope::consumer && kind == client_kind::consumer);
}

result<property_scope> check(const std::string& name, const std::string& value)
{
    const auto known = known_properties().find(name);
    if (known == known_properties().end())
        return error{errc::invalid, "unknown Kafka property `" + name + "`" + did_you_mean(name, known_names())};
    const auto* reserved = find_reserved(name);
    if (reserved && std::ranges::find(reserved->accepted, value) == reserved->accepted.end())
        return error{errc::invalid, "Kafka property `" + name + "` = " + shown(name, value) +
                                        " cannot be set: " + std::string{reserved->why}};
    return known->second;
}

// Without a kind: all of them, which librdkafka allows in one configuration.
result<> set_users(rd_kafka_conf_t* conf, const properties& users, std::optional<client_kind> kind)
{
    for (const auto& [name, value] : users) {
        const auto scope = check(name, value);
        if (!scope) return scope.error();
        if (kind && !is_for(*scope, *kind)) continue;
        if (auto done = set(conf, name, value); !done) return done;
    }
    return {};
}

}  // namespace

result<conf_handle> make_configuration(const settings& from, client_kind kind, const properties& own)
{
    conf_handle conf{rd_kafka_conf_new()};
    auto ours = defaults(kind);
    if (from.embedded)
        for (auto& [name, value] : embedded_defaults(kind)) ours.insert_or_assign(name, value);
    drop_for_consumer_protocol(ours, from.properties);

    if (auto done = set_all(conf.get(), ours); !done) return done.error();
    if (auto done = set_users(conf.get(), from.properties, kind); !done) return done.error();
    if (auto done = set_all(conf.get(), own); !done) return done.error();
    return conf;
}

}  // namespace sluice::kafka::detail

namespace sluice::kafka {

result<> settings::validate() const
{
    const detail::conf_handle conf{rd_kafka_conf_new()};
    return detail::set_users(conf.get(), properties, std::nullopt);
}

properties settings::redacted() const
{
    auto shown = properties;
    for (auto& [name, value] : shown)
        if (is_secret(name)) value = "(secret)";
    return shown;
}

bool is_secret(std::string_view property)
{
    // `sasl.oauthbearer.config` may carry a secret among other things; a misspelt name still counts.
    for (const std::string_view part :
         {"pass", "secret", ".pem", "private", "ssl.key", "ssl_key", "oauthbearer.config"})
        if (property.find(part) != std::string_view::npos) return true;
    return false;
}

}  // namespace sluice::kafka
