#include "sluice/process/role.hpp"

#include "sluice/flow/dead_letter.hpp"
#include "sluice/flow/flow.hpp"
#include "sluice/http/server.hpp"
#include "sluice/kafka/consumer.hpp"
#include "sluice/kafka/transactional_producer.hpp"
#include "sluice/process/declared_sinks.hpp"
#include "sluice/process/http_numbers.hpp"
#include "sluice/process/ports.hpp"
#include "sluice/process/shard.hpp"
#include "sluice/record/record_id.hpp"
#include "sluice/store/postgres.hpp"
#include "sluice/store/sqlite_database.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <algorithm>

namespace sluice {
namespace {

[[noreturn]] void undeclared(const role_entry& entry, const std::string& what)
{
    throw failure{
        error{errc::invalid, fmt::format("the role {} {}, which the role table does not declare", entry.name, what)}};
}

// Where records go that fail.
std::vector<std::string> topics_of_failures(const std::vector<topic_handler>& handlers, const flow_settings& how)
{
    std::vector<std::string> all;
    for (const auto& one : handlers) {
        if (how.dead_letters) all.push_back(dead_letter_topic(one.from->name(), how.group));
        for (const auto delay : how.retry_topics) all.push_back(retry_topic(one.from->name(), how.group, delay));
    }
    return all;
}

// What a flow reads: its topics, what failed and is to be tried again, and what was redriven.
std::vector<std::string> topics_of(const std::vector<topic_handler>& handlers, const flow_settings& how)
{
    std::vector<std::string> all;
    for (const auto& one : handlers) {
        all.push_back(one.from->name());
        for (const auto delay : how.retry_topics) all.push_back(retry_topic(one.from->name(), how.group, delay));
        if (how.dead_letters) all.push_back(retry_topic(one.from->name(), how.group, {}));
    }
    return all;
}

void check_routes(const role_entry& entry, const http::router& routes)
{
    if (!entry.http) undeclared(entry, "serves HTTP");
    auto declared = entry.http->routes;
    auto served = routes.routes();
    std::ranges::sort(declared);
    std::ranges::sort(served);
    std::vector<std::string> more, missing;
    std::ranges::set_difference(served, declared, std::back_inserter(more));
    std::ranges::set_difference(declared, served, std::back_inserter(missing));
    if (!more.empty()) undeclared(entry, fmt::format("serves {}", fmt::join(more, ", ")));
    if (!missing.empty())
        throw failure{error{errc::invalid, fmt::format("the role {} does not serve {}, which the role table declares",
                                                       entry.name, fmt::join(missing, ", "))}};
}

}  // namespace

role::role(const role_entry& entry, detail::shard& where)
    : entry_{entry},
      where_{where},
      log_{where.process().log.with("role", entry.name)},
      out_{std::make_unique<declared_sink>(entry, where.producer())}
{
}

role::~role() = default;

const std::string& role::name() const noexcept
{
    return entry_.name;
}

asio::any_io_executor role::executor() const
{
    return where_.loop().get_executor();
}

const cancellation_token& role::stop() const noexcept
{
    return where_.stop();
}

metrics& role::numbers() const noexcept
{
    return where_.process().numbers;
}

class offload& role::offload() const noexcept
{
    return where_.pool();
}

const settings& role::settings() const noexcept
{
    return where_.process().settings;
}

std::filesystem::path role::data_dir() const
{
    const std::filesystem::path folder = settings().get<std::string>("data.dir");
    std::filesystem::create_directories(folder);
    return folder;
}

std::shared_ptr<store::sql_database> role::database(const std::string& name,
                                                    std::vector<store::sql_migrations> stores) const
{
    if (auto url = settings().get<std::string>("postgres.url"); !url.empty())
        return std::make_shared<store::postgres>(store::postgres::settings{
            .url = std::move(url),
            .stores = std::move(stores),
            .application = where_.process().program + ' ' + entry_.name,
            .connections = static_cast<std::size_t>(settings().integer("postgres.connections", 1, 1'000))});
    const auto make = [&] {
        return std::make_shared<store::sqlite>(store::sqlite::settings{.file = data_dir() / (name + ".db")});
    };
    auto file = where_.process().shared.get("database " + name, typeid(store::sqlite), make);
    return std::make_shared<store::sqlite_database>(std::static_pointer_cast<store::sqlite>(std::move(file)),
                                                    std::move(stores));
}

awaitable<result<position>> role::send(outgoing what)
{
    if (std::ranges::find(what.headers, record_id::header_name, &header::name) == what.headers.end())
        what.headers.push_back({std::string{record_id::header_name}, record_id::random().text()});
    co_return co_await out_->send(std::move(what));
}

header role::deadline_in(duration span) const
{
    return deadline_at(clock::of(executor()).wall() + std::chrono::ceil<std::chrono::milliseconds>(span));
}

std::shared_ptr<void> role::shared(std::type_index type, const std::function<std::shared_ptr<void>()>& make)
{
    return where_.process().shared.get(entry_.name, type, make);
}

awaitable<> role::serve(const http::router& routes)
{
    check_routes(entry_, routes);
    const auto port = settings().get<std::uint16_t>(entry_.name + ".http.port");
    http::server server{executor(),
                        routes,
                        {.address = settings().get<std::string>("http.address"),
                         .port = port,
                         .reuse_port = true,  // the process has claimed the port for all its shards
                         .drain = settings().get<duration>("drain"),
                         .observe = http_numbers(numbers(), entry_.name)},
                        log_};
    server.listen();
    auto& running = where_.running(entry_);
    running.serving = true;
    log_.info("serving on http://{}", to_string({settings().get<std::string>("http.address"), server.port()}));
    const auto unanswered = co_await server.run(stop());
    where_.count_unanswered(unanswered);
    running.serving = false;
}

// What an earlier process of this name left open would hold up where its successor starts.
awaitable<> role::open(kafka::transactional_producer& producer)
{
    try {
        const auto opened = co_await run_under(stop(), producer.open());
        if (!opened) log_.warning("transactions cannot begin yet: {}", opened.error().message());
    } catch (const boost::system::system_error&) {
        if (!stop().cancelled()) throw;
    }
}

// Completes the settings with what the role table says.
void role::check_declared(const std::vector<topic_handler>& handlers, flow_settings& how) const
{
    for (const auto& one : handlers) {
        const auto& topic = one.from->name();
        const auto* declared = entry_.input(topic, how.group);
        if (!declared)
            undeclared(entry_,
                       fmt::format("reads {} as the group {}", topic, how.group.empty() ? entry_.name : how.group));
        if (how.group.empty()) how.group = declared->group;
        if (how.retry_topics.empty()) how.retry_topics = declared->retries;
        if (how.retry_topics != declared->retries) undeclared(entry_, "tries " + topic + " again after other delays");
    }
    if (how.handler.empty()) how.handler = entry_.name;
}

awaitable<> role::run(std::vector<topic_handler> handlers, flow_settings how)
{
    check_declared(handlers, how);
    auto handler = by_topic(how.group, handlers);
    const auto& first = handlers.front().from->name();  // no other flow of the group reads it
    how.drain = std::min(how.drain, settings().get<duration>("drain"));
    for (auto& topic : topics_of_failures(handlers, how)) {
        const auto known = co_await where_.producer().learn(topic);
        if (!known) log_.warning("the partitions of {} are not known: {}", topic, known.error().message());
    }
    const flow_environment around{.log = log_, .numbers = numbers(), .time = clock::of(executor()), .stop = stop()};
    std::optional<kafka::transactional_producer> producer;
    std::optional<declared_transactions> transactions;
    if (how.mode == delivery::exactly_once) {
        producer.emplace(executor(), where_.process().kafka, where_.transactions_of(first, how), where_.pool(), log_);
        transactions.emplace(entry_, *producer, where_.producer());
        co_await open(*producer);
    }
    kafka::consumer source{
        executor(),
        where_.process().kafka,
        {.group = how.group, .topics = topics_of(handlers, how), .instance = where_.member_name(first)},
        where_.pool(),
        log_};
    std::optional<class flow> made;
    if (transactions)
        made.emplace(source, *transactions, how, around);
    else
        made.emplace(source, *out_, how, around);
    auto& records = *made;

    auto& flows = where_.running(entry_).flows;
    const auto here = flows.insert(flows.end(), {{}, how.group, &source, &records});
    for (const auto& one : handlers) here->topics.push_back(one.from->name());
    std::uint64_t before = 0;
    const on_cancel draining{stop(), [&](cancel_reason) { before = records.totals().abandoned; }};
    std::exception_ptr failed;
    try {
        if (auto* each = std::get_if<record_handler>(&handler))
            co_await records.run(std::move(*each));
        else
            co_await records.run_batch(std::get<batch_handler>(std::move(handler)));
    } catch (...) {
        failed = std::current_exception();
    }
    flows.erase(here);
    if (stop().cancelled()) where_.count_unfinished(records.totals().abandoned - before);
    if (records.totals().uncommitted) where_.count_uncommitted();
    if (failed) std::rethrow_exception(failed);
}

awaitable<> detail::run_in(role& where, std::vector<topic_handler> handlers, flow_settings how)
{
    return where.run(std::move(handlers), std::move(how));
}

}  // namespace sluice
