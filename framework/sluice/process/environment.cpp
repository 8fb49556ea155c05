#include "sluice/process/environment.hpp"

#include "sluice/process/usage_error.hpp"
#include "sluice/record/record_id.hpp"
#include "sluice/store/postgres_address.hpp"

#include <spdlog/fmt/fmt.h>

namespace sluice {
namespace {

template <class Choice>
Choice choice_of(const settings& given, std::string_view key, const std::map<std::string, Choice>& choices)
{
    const auto text = given.get<std::string>(key);
    if (const auto found = choices.find(text); found != choices.end()) return found->second;
    std::string expected;
    for (const auto& [name, choice] : choices) expected += expected.empty() ? name : ", " + name;
    given.reject(key, "one of " + expected);
}

logger make_logger(const settings& given)
{
    using shape = logger::settings::shape;
    return logger::to_stderr(
        {.format = choice_of<shape>(given, "log.format",
                                    {{"automatic", shape::automatic}, {"text", shape::text}, {"json", shape::json}}),
         .level = choice_of<log_level>(given, "log.level",
                                       {{"debug", log_level::debug},
                                        {"info", log_level::info},
                                        {"warning", log_level::warning},
                                        {"error", log_level::error},
                                        {"off", log_level::off}})});
}

void is_postgres(const settings& given, std::string_view key)
{
    const auto url = given.get<std::string>(key);
    if (url.empty()) return;
    try {
        const store::postgres_address understood{url};
    } catch (const failure&) {
        given.reject(key, "postgresql://user:password@host:port/name, with special characters as %XX");
    }
}

}  // namespace

std::shared_ptr<void> shared_objects::get(const std::string& role, std::type_index type, const maker& make)
{
    const std::scoped_lock lock{mutex_};
    auto& object = objects_[{role, type}];
    if (!object) object = make();
    return object;
}

void shared_objects::clear()
{
    const std::scoped_lock lock{mutex_};
    objects_.clear();
}

environment::environment(std::string program, role_table table, sluice::settings given)
    : program{std::move(program)},
      table{table},
      settings{std::move(given)},
      instance{settings.get<std::string>("instance")}
{
    if (instance.empty()) instance = record_id::random().text();
    use_log_settings();
    use_kafka_settings();
}

kafka::producer_settings environment::producing() const
{
    kafka::producer_settings how;
    if (!kafka.properties.contains("message.timeout.ms"))
        how.delivery_timeout = std::chrono::floor<std::chrono::milliseconds>(settings.get<duration>("send.timeout"));
    return how;
}

void environment::use_log_settings()
{
    log = make_logger(settings);
}

void environment::use_kafka_settings()
{
    for (auto& [property, value] : settings.under("kafka.")) {
        // One by one, so that the error can tell where it comes from; then all, for what does not fit together.
        const auto valid = kafka::settings{.properties = {{property, value.text}}}.validate();
        if (!valid) throw usage_error{fmt::format("{} (from {})", valid.error().message(), value.from)};
        kafka.properties[property] = value.text;
    }
    if (const auto valid = kafka.validate(); !valid) throw usage_error{valid.error().message()};
}

std::vector<setting_declaration> framework_settings(role_table table)
{
    using kind = setting_declaration::kind;
    const auto is_count = [](const settings& given, std::string_view key) {
        static_cast<void>(given.integer(key, 1, 256));
    };
    const auto is_connections = [](const settings& given, std::string_view key) {
        static_cast<void>(given.integer(key, 1, 1'000));
    };
    std::vector<setting_declaration> known{
        {"admin.listen", "127.0.0.1:9100", "address of /healthz, /readyz, /metrics, /topology and /flows, or off"},
        {"config", "", "an INI file with settings"},
        {"data.dir", "data", "where roles keep their files"},
        {"drain", "10s", "how long what runs may go on once the process is asked to stop", kind::value, is<duration>},
        {"http.address", "127.0.0.1", "where roles listen"},
        {"instance", "",
         "this process's own name among those that run its roles, kept when it is started again: then it keeps its "
         "partitions, if it is back within kafka.session.timeout.ms; empty: a new one each time"},
        {"kafka.bootstrap.servers", "localhost:9092", "the cluster; any property of librdkafka goes under kafka."},
        {"log.format", "automatic", "automatic (text on a terminal, else JSON lines), text or json"},
        {"log.level", "info", "debug, info, warning, error or off"},
        {"postgres.connections", "8", "connections that a role opens at most, each of its shards", kind::value,
         is_connections},
        {"postgres.url", "",
         "the database of the roles, postgresql://user:password@host:port/name and any option of libpq; empty: SQLite "
         "files in data.dir",
         kind::secret, is_postgres},
        {"send.timeout", "5s", "how long the cluster may take to acknowledge a record before its sender is told",
         kind::value, is<duration>},
        {"shards", "1", "threads, each with its own loop, producer and consumers", kind::value, is_count},
        {"topics.create", "true", "whether run creates the topics that are missing", kind::value, is<bool>},
    };
    for (const auto& role : table)
        if (role.http)
            known.push_back({role.name + ".http.port", std::to_string(role.http->port),
                             "port of the role " + role.name + "; 0: any that is free", kind::value,
                             is<std::uint16_t>});
    return known;
}

}  // namespace sluice
