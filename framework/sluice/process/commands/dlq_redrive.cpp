#include "sluice/kafka/consumer.hpp"
#include "sluice/process/commands/letters.hpp"
#include "sluice/process/commands/redriver.hpp"
#include "sluice/process/loop.hpp"
#include "sluice/process/usage_error.hpp"

#include <spdlog/fmt/fmt.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <set>

namespace sluice {
namespace {

using namespace std::chrono_literals;

// Of a commit, which a rebalance or a coordinator that moves may refuse for a while.
constexpr duration note_limit = 30s, note_pause = 200ms;

redrive_plan read_plan(const settings& given)
{
    redrive_plan how{.to_source = given.get<bool>("to-source"),
                     .dry_run = given.get<bool>("dry-run"),
                     .sources = given.list("from")};
    how.max_redrives = static_cast<std::int32_t>(given.integer("max-redrives", 1, 1'000'000));
    how.limit = given.integer("limit", 0);
    how.rate = given.integer("rate", 0, 1'000'000);
    return how;
}

class audit_file {
public:
    explicit audit_file(const std::string& path)
    {
        if (path.empty()) return;
        file_.open(path, std::ios::app);
        if (!file_) throw usage_error{fmt::format("audit: cannot write to {}: {}", path, std::strerror(errno))};
    }

    void write(const std::string& line)
    {
        auto& to = file_.is_open() ? static_cast<std::ostream&>(file_) : std::cout;
        to << line << std::endl;
        if (!to)
            throw failure{error{errc::unavailable, "the audit line could not be written, so nothing more is sent"}};
    }

private:
    std::ofstream file_;
};

// Redrives that were interrupted, or had other filters, have left their notes there.
std::string group_of(const std::string& letters)
{
    return letters + ".redrive";
}

awaitable<> note(kafka::consumer& source, positions standing)
{
    auto& time = clock::of(co_await asio::this_coro::executor);
    const auto limit = time.now() + note_limit;
    for (;;) {
        const auto done = co_await source.commit(standing);
        if (done || done.error() == errc::assignment_lost) co_return;
        const bool again =
            done.error() == errc::rebalancing || done.error() == errc::unavailable || done.error() == errc::timed_out;
        if (!again || time.now() >= limit)
            throw failure{error{done.error().code,
                                fmt::format("what was redriven last could not be noted ({}): the next redrive repeats "
                                            "it, with the same record ids",
                                            done.error().message())}};
        co_await sleep_for(note_pause);
    }
}

class redrive_command_run {
public:
    redrive_command_run(invocation& call, cancellation_token stop, timestamp now)
        : call_{call},
          stop_{std::move(stop)},
          filter_{call.process.settings, now},
          how_{read_plan(call.process.settings)},
          audit_{call.process.settings.get<std::string>("audit")},
          cluster_{call.process.kafka, pool_, call.process.log}
    {
    }

    awaitable<int> run()
    {
        const auto executor = co_await asio::this_coro::executor;
        kafka::producer producer{executor, call_.process.kafka, call_.process.producing(), pool_, call_.process.log};
        auto logs = co_await run_under(stop_, letter_topics(call_, cluster_));
        std::set<std::string> topics;
        for (const auto& one : logs)
            if (one.begin < one.end) topics.insert(one.where.topic);
        std::exception_ptr failed;
        try {
            for (const auto& topic : topics) {
                std::vector<kafka::partition_range> of_topic;
                for (const auto& one : logs)
                    if (one.where.topic == topic) of_topic.push_back(one);
                const bool go_on = co_await redrive(producer, topic, std::move(of_topic));
                if (!go_on) break;
            }
        } catch (...) {
            failed = std::current_exception();
        }
        co_await producer.close(clock::of(executor).now() + 5s);
        tell();
        if (failed) std::rethrow_exception(failed);
        if (stop_.cancelled()) throw failure{error{errc::cancelled, "interrupted"}};
        co_return totals_.refused + totals_.failed > 0 ? 1 : 0;
    }

private:
    // Whether the next topic is to follow.
    awaitable<bool> redrive(sink& out, std::string topic, std::vector<kafka::partition_range> logs)
    {
        if (how_.dry_run) co_return co_await rehearse(out, topic, std::move(logs));
        const auto executor = co_await asio::this_coro::executor;
        kafka::consumer_settings what{.group = group_of(topic), .topics = {topic}};
        kafka::consumer source{executor, call_.process.kafka, std::move(what), pool_, call_.process.log};
        const auto commit = [&](positions standing) { return note(source, std::move(standing)); };
        redriver each{around(out, commit), remaining()};
        bool go_on = true;
        const auto start = [&](partitions which) -> awaitable<positions> {
            const auto committed = co_await source.committed(std::move(which));
            co_return each.start(logs, committed.value());
        };
        const auto read = [&](std::vector<record> letters) -> awaitable<bool> {
            go_on = co_await each.redrive(std::move(letters), stop_);
            co_return go_on;
        };
        letter_reader reader{source, ends_of(logs), {.start = start, .read = read}, stop_};
        std::exception_ptr failed;
        try {
            co_await reader.run();
        } catch (...) {
            failed = std::current_exception();
        }
        add(each.totals());
        co_await source.close(clock::of(executor).now() + 5s);
        if (failed) std::rethrow_exception(failed);
        co_return go_on && !stop_.cancelled();
    }

    // The same, but as no member of the group, and without a word to anybody.
    awaitable<bool> rehearse(sink& out, std::string topic, std::vector<kafka::partition_range> logs)
    {
        partitions all;
        for (const auto& one : logs) all.push_back(one.where);
        const auto committed = co_await run_under(stop_, cluster_.committed(group_of(topic), std::move(all)));
        const auto commit = [](positions) -> awaitable<> { co_return; };
        redriver each{around(out, commit), remaining()};
        auto from = each.start(logs, committed.value());
        bool go_on = true;
        const auto read = [&](std::vector<record> letters) -> awaitable<bool> {
            go_on = co_await each.redrive(std::move(letters), stop_);
            co_return go_on;
        };
        co_await run_under(stop_, read_letters(call_, std::move(logs), std::move(from), read));
        add(each.totals());
        co_return go_on;
    }

    redriver::surroundings around(sink& out, std::function<awaitable<>(positions)> commit)
    {
        const auto write = [this](const std::string& line) { audit_.write(line); };
        return {call_, cluster_, out, filter_, write, std::move(commit)};
    }

    redrive_plan remaining() const
    {
        auto how = how_;
        if (how.limit > 0) how.limit -= totals_.redriven;
        return how;
    }

    void add(const redriver::numbers& more)
    {
        totals_.redriven += more.redriven;
        totals_.refused += more.refused;
        totals_.failed += more.failed;
        totals_.before += more.before;
    }

    void tell() const
    {
        std::cerr << fmt::format("{}: {}", how_.dry_run ? "would be redriven" : "redriven", totals_.redriven);
        if (totals_.before > 0) std::cerr << fmt::format("; redriven earlier, and left: {}", totals_.before);
        if (totals_.refused > 0) std::cerr << fmt::format("; refused: {}", totals_.refused);
        if (totals_.failed > 0)
            std::cerr << fmt::format("; not sent, or it is not known: {} (the same command tries them again)",
                                     totals_.failed);
        std::cerr << '\n';
        if (stop_.cancelled()) std::cerr << "interrupted: the same command goes on from here\n";
    }

    invocation& call_;
    cancellation_token stop_;
    letter_filter filter_;
    redrive_plan how_;
    audit_file audit_;
    offload pool_;
    kafka::admin cluster_;
    redriver::numbers totals_;
};

awaitable<int> redrive(invocation& call, cancellation_token stop)
{
    const auto now = clock::of(co_await asio::this_coro::executor).wall();
    redrive_command_run all{call, std::move(stop), now};
    co_return co_await all.run();
}

int run(invocation& call)
{
    return run_on_loop(call.process.log, [&](cancellation_token stop) { return redrive(call, std::move(stop)); });
}

std::vector<setting_declaration> options()
{
    using kind = setting_declaration::kind;
    auto all = letter_filter::options();
    all.insert(all.end(),
               {{"to-source", "false", "to the source topic, and so to every group that reads it", kind::toggle},
                {"dry-run", "false", "only say what would be done", kind::toggle},
                {"limit", "0", "stop after so many letters; 0: all"},
                {"rate", "0", "at most so many letters a second; 0: as fast as the cluster takes them"},
                {"max-redrives", "3", "refuse what was redriven so often"},
                {"audit", "", "append the audit lines to this file, instead of standard output"}});
    return all;
}

}  // namespace

const command& dlq_redrive_command()
{
    static const command it{
        .name = "dlq redrive",
        .operands = "TOPIC|ROLE...",
        .summary = "send dead letters again, to the group that failed alone",
        .help =
            "A letter of Sluice goes through <topic>.<group>.retry.0s, which only its group reads, without the\n"
            "headers of its death and with its record id. Another's goes to the topic it came from, with\n"
            "--to-source, and --from TOPIC to confirm what its headers say.\n"
            "Those that were there when the command started are redriven once: what was done is noted in the\n"
            "group <dead-letter topic>.redrive, so an interrupted redrive goes on where it stood, and one with\n"
            "other filters repeats nothing. A crash may repeat the last 100 letters or fewer (their record ids\n"
            "stay the same); so may notes that the cluster has forgotten (offsets.retention.minutes).\n"
            "Each letter is told by a line of JSON. The exit status is 1 if one was refused or not sent.",
        .options = options(),
        .least = 1,
        .most = 1000,
        .run = run};
    return it;
}

}  // namespace sluice
