#include "sluice/kafka/consumer.hpp"
#include "sluice/process/commands/command.hpp"
#include "sluice/process/commands/record_text.hpp"
#include "sluice/process/loop.hpp"
#include "sluice/record/record_id.hpp"

#include <iostream>

namespace sluice {
namespace {

std::string as_json(const record& what)
{
    std::string line = "{";
    append_record_json(line, what);
    return line + '}';
}

class printer {
public:
    printer(source& from, bool json, std::int64_t count) : from_{from}, json_{json}, left_{count} {}

    // Until as many are printed as were asked for; 0: without end.
    awaitable<> run()
    {
        for (;;) {
            const auto next = co_await from_.next();
            if (const auto* records = std::get_if<batch>(&next)) {
                if (print(*records)) co_return;
            } else if (const auto* ours = std::get_if<assigned>(&next)) {
                positions from;
                for (const auto& where : ours->partitions) from.push_back({where, position::stored, {}});
                (co_await from_.accept(std::move(from))).value();
            } else if (const auto* wanted = std::get_if<revoked>(&next)) {
                (co_await from_.give_up(wanted->partitions)).value();
            } else if (const auto* gone = std::get_if<lost>(&next)) {
                (co_await from_.give_up(gone->partitions)).value();
            } else if (const auto* trouble = std::get_if<sluice::failed>(&next)) {
                if (trouble->error == errc::fatal || trouble->error == errc::not_found) throw failure{trouble->error};
                std::cerr << trouble->error.message() << '\n';
            } else {
                co_return;
            }
        }
    }

private:
    // Whether it was the last.
    bool print(const batch& what)
    {
        for (const auto& one : what.records) {
            std::cout << (json_ ? as_json(one) : record_line(one)) << '\n';
            if (left_ > 0 && --left_ == 0) break;
        }
        std::cout.flush();
        return left_ == 0;
    }

    source& from_;
    bool json_;
    std::int64_t left_;
};

awaitable<int> consume(invocation& call, cancellation_token stop)
{
    const auto& settings = call.process.settings;
    const auto start = settings.get<std::string>("from");
    if (start != "beginning" && start != "end") settings.reject("from", "beginning or end");
    auto cluster = call.process.kafka;
    cluster.properties["auto.offset.reset"] = start == "end" ? "latest" : "earliest";

    const auto executor = co_await asio::this_coro::executor;
    const auto count = settings.integer("count", 0);
    offload pool;
    kafka::consumer_settings what{.group = "sluice-consume-" + record_id::random().text(), .topics = call.operands};
    kafka::consumer source{executor, cluster, std::move(what), pool, call.process.log};
    printer out{source, settings.get<bool>("json"), count > 0 ? count : -1};
    std::exception_ptr failed;
    try {
        co_await run_under(stop, out.run());
    } catch (...) {
        failed = std::current_exception();
    }
    co_await source.close(clock::of(executor).now() + std::chrono::seconds{5});
    if (failed && !(stop.cancelled() && is_cancellation(failed))) std::rethrow_exception(failed);
    co_return 0;
}

int run(invocation& call)
{
    return run_on_loop(call.process.log, [&](cancellation_token stop) { return consume(call, std::move(stop)); });
}

}  // namespace

const command& consume_command()
{
    using kind = setting_declaration::kind;
    static const command it{
        .name = "consume",
        .operands = "TOPIC",
        .summary = "print a topic's records: partition/offset, time, key, value, headers",
        .help =
            "It reads in a group of its own that commits nothing, so no other reader notices. In JSON, what is\n"
            "not UTF-8 is also given as base64: key_base64, value_base64.",
        .options = {{"from", "beginning", "beginning or end"},
                    {"count", "0", "stop after so many records; 0: go on until Ctrl-C"},
                    {"json", "false", "print JSON lines", kind::toggle}},
        .least = 1,
        .most = 1,
        .run = run};
    return it;
}

}  // namespace sluice
