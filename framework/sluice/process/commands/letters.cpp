#include "sluice/process/commands/letters.hpp"

#include "sluice/base/nearest.hpp"
#include "sluice/flow/dead_letter.hpp"
#include "sluice/kafka/consumer.hpp"
#include "sluice/process/usage_error.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <iostream>
#include <set>

namespace sluice {
namespace {

using namespace std::chrono_literals;

// How long the group may take to give us partitions, and how often to look whether only markers are left.
constexpr duration join_limit = 60s, look_again = 200ms;

using names = std::set<std::string>;

names dead_letters_of(const std::function<bool(const role_entry&, const topic_declaration&)>& is_meant,
                      role_table table)
{
    names found;
    for (const auto& role : table)
        for (const auto& input : role.inputs)
            for (const auto& topic : input.topics)
                if (is_meant(role, *topic)) found.insert(dead_letter_topic(topic->name(), input.group));
    return found;
}

// What an operand means, unless it is the topic itself.
names meant_by(const std::string& operand, role_table table)
{
    const auto is_meant = [&](const role_entry& role, const topic_declaration& topic) {
        return role.name == operand || topic.name() == operand;
    };
    return dead_letters_of(is_meant, table);
}

awaitable<> unknown(const std::string& operand, role_table table, kafka::admin& cluster)
{
    auto known = dead_letters_of([](const auto&, const auto&) { return true; }, table);
    for (const auto& role : table) {
        known.insert(role.name);
        if (role.name == operand) throw usage_error{fmt::format("the role {} reads no topic", operand)};
    }
    const auto all = co_await cluster.topics();
    for (const auto& one : all.value()) known.insert(one.where.topic);
    throw usage_error{fmt::format("there is no topic, and no role, `{}`{}", operand,
                                  did_you_mean(operand, std::vector<std::string>(known.begin(), known.end())))};
}

}  // namespace

awaitable<std::vector<kafka::partition_range>> letter_topics(const invocation& call, kafka::admin& cluster)
{
    const auto of_roles = dead_letters_of([](const auto&, const auto&) { return true; }, call.what.roles);
    names wanted;
    if (call.operands.empty()) wanted = of_roles;
    for (const auto& operand : call.operands) {
        auto meant = meant_by(operand, call.what.roles);
        if (meant.empty()) meant.insert(operand);
        wanted.merge(meant);
    }
    std::vector<kafka::partition_range> chosen;
    for (const auto& name : wanted) {
        std::vector<std::string> one(1, name);
        const auto found = co_await cluster.topics(std::move(one));
        if (found)
            chosen.insert(chosen.end(), found->begin(), found->end());
        else if (found.error() != errc::not_found)
            throw failure{found.error()};
        else if (!of_roles.contains(name))
            co_await unknown(name, call.what.roles, cluster);
    }
    co_return chosen;
}

log_ends ends_of(const std::vector<kafka::partition_range>& logs)
{
    log_ends ends;
    for (const auto& one : logs) ends.emplace(one.where, one.end);
    return ends;
}

awaitable<> letter_reader::run()
{
    auto& time = clock::of(co_await asio::this_coro::executor);
    const auto limit = time.now() + join_limit;
    while (!read_whole() && !stop_.cancelled()) {
        // Markers of transactions are no records: behind the last one comes nothing, but the position moves.
        const cancellation look{stop_, time, time.now() + look_again};
        std::optional<event> next;
        std::exception_ptr interrupted;
        try {
            next = co_await run_under(look.token(), from_.next());
        } catch (...) {
            interrupted = std::current_exception();
        }
        if (interrupted && !(look.token().cancelled() && is_cancellation(interrupted)))
            std::rethrow_exception(interrupted);
        if (next) {
            const bool go_on = co_await on(std::move(*next));
            if (!go_on) co_return;
        } else {
            partitions ours;
            for (const auto& [where, offset] : next_) ours.push_back(where);
            for (const auto& [where, offset, metadata] : from_.position(ours))
                next_[where] = std::max(next_[where], offset);
            if (!assigned_ && time.now() >= limit)
                throw failure{error{errc::timed_out,
                                    "no partition was assigned within a minute: is another redrive of it running?"}};
        }
    }
}

awaitable<bool> letter_reader::on(event what)
{
    if (auto* records = std::get_if<batch>(&what)) {
        std::vector<record> letters;
        for (auto& one : records->records) {
            const topic_partition where{std::string{one.topic()}, one.partition()};
            next_[where] = one.offset() + 1;
            if (one.offset() < ends_[where]) letters.push_back(std::move(one));
        }
        co_return co_await tell_.read(std::move(letters));
    }
    if (const auto* ours = std::get_if<assigned>(&what)) {
        co_await begin(ours->partitions);
    } else if (const auto* wanted = std::get_if<revoked>(&what)) {
        forget(wanted->partitions);
        (co_await from_.give_up(wanted->partitions)).value();
    } else if (const auto* gone = std::get_if<lost>(&what)) {
        forget(gone->partitions);
        (co_await from_.give_up(gone->partitions)).value();
    } else if (const auto* trouble = std::get_if<failed>(&what)) {
        if (trouble->error == errc::fatal || trouble->error == errc::not_found) throw failure{trouble->error};
        std::cerr << trouble->error.message() << '\n';
    } else {
        throw failure{error{errc::closed, "the reader was closed"}};
    }
    co_return true;
}

awaitable<> letter_reader::begin(partitions which)
{
    auto from = co_await tell_.start(which);
    for (const auto& [where, offset, metadata] : from) next_[where] = offset;
    assigned_ = true;
    (co_await from_.accept(std::move(from))).value();
}

void letter_reader::forget(const partitions& which)
{
    for (const auto& where : which) next_.erase(where);
}

bool letter_reader::read_whole() const
{
    return assigned_ && std::ranges::all_of(next_, [this](const auto& one) {
               const auto end = ends_.find(one.first);
               return end == ends_.end() || one.second >= end->second;
           });
}

awaitable<> read_letters(invocation& call, std::vector<kafka::partition_range> logs, positions from,
                         std::function<awaitable<bool>(std::vector<record>)> read)
{
    std::erase_if(logs, [](const kafka::partition_range& one) { return one.begin == one.end; });
    if (logs.empty()) co_return;
    kafka::consumer_settings what{.group = "sluice-dlq", .topics = {}};
    for (const auto& one : logs) what.partitions.push_back(one.where);

    const auto executor = co_await asio::this_coro::executor;
    offload pool;
    kafka::consumer source{executor, call.process.kafka, std::move(what), pool, call.process.log};
    const auto start = [&](partitions which) -> awaitable<positions> {
        positions at;
        for (const auto& where : which) {
            const auto log = std::ranges::find(logs, where, &kafka::partition_range::where);
            const auto given = std::ranges::find(from, where, &position::where);
            const auto begin = log == logs.end() ? 0 : log->begin;
            at.push_back({where, given == from.end() ? begin : std::max(begin, given->offset), {}});
        }
        co_return at;
    };
    letter_reader reader{source, ends_of(logs), {.start = start, .read = std::move(read)}};
    std::exception_ptr failed;
    try {
        co_await reader.run();
    } catch (...) {
        failed = std::current_exception();
    }
    co_await source.close(clock::of(executor).now() + 5s);
    if (failed) std::rethrow_exception(failed);
}

}  // namespace sluice
