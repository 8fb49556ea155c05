#include "sluice/http/client.hpp"
#include "sluice/process/commands/command.hpp"
#include "sluice/process/flow_listing.hpp"
#include "sluice/process/loop.hpp"
#include "sluice/process/ports.hpp"
#include "sluice/process/usage_error.hpp"

#include <spdlog/fmt/fmt.h>
#include <boost/describe/enum_to_string.hpp>

#include <iostream>

namespace sluice {
namespace {

host_and_port admin_address(const settings& given)
{
    const auto text = given.get<std::string>("admin.listen");
    if (text == "off") throw usage_error{"admin.listen is off: give the address of a process that has it on"};
    auto where = parse_host_and_port(text);
    if (!where) given.reject("admin.listen", "an address and a port such as 127.0.0.1:9100");
    // Who listens everywhere listens here too.
    if (where->host == "0.0.0.0") where->host = "127.0.0.1";
    if (where->host == "::") where->host = "::1";
    return *where;
}

std::string shown(const std::optional<std::int64_t>& offset)
{
    return offset ? std::to_string(*offset) : "-";
}

std::vector<std::string> row(const listed_flow& flow, const partition_report& one)
{
    std::string waits_for = boost::describe::enum_to_string(one.waits_for, "?");
    if (one.waits_for == blockage::nothing) waits_for = "-";
    if (one.stage) waits_for += fmt::format(" ({})", *one.stage);
    if (one.failure) waits_for += fmt::format(": {}", *one.failure);
    if (one.leaving) waits_for += ", leaving";
    return {fmt::format("{}/{}", flow.role, flow.shard),
            flow.group,
            fmt::format("{}/{}", one.topic, one.partition),
            shown(one.committed),
            shown(one.offset),
            one.key.value_or("-"),
            one.attempt ? std::to_string(*one.attempt) : "-",
            one.age ? fmt::format("{:.1f} s{}", *one.age, one.stuck ? " STUCK" : "") : "-",
            fmt::format("{}/{}/{}/{}", one.running, one.queued, one.parked, one.finished),
            waits_for};
}

std::string as_text(const flow_listing& all)
{
    std::vector<std::vector<std::string>> rows{{"ROLE/SHARD", "GROUP", "PARTITION", "COMMITTED", "OLDEST", "KEY",
                                                "ATTEMPT", "AGE", "RUN/QUEUE/PARK/DONE", "WAITS FOR"}};
    for (const auto& flow : all.flows)
        for (const auto& one : flow.partitions) rows.push_back(row(flow, one));
    auto text = rows.size() > 1 ? as_table(rows) : std::string{"no flow owns a partition now\n"};
    for (const auto number : all.silent_shards)
        text += fmt::format("shard {} does not answer: it has ended, or a handler blocks its loop\n", number);
    return text;
}

awaitable<int> show_flows(invocation& call, cancellation_token stop)
{
    const auto where = admin_address(call.process.settings);
    const auto loop = co_await asio::this_coro::executor;
    http::client admin{loop, {.host = where.host, .port = where.port}};
    const auto answer = co_await run_under(stop, admin.get("/flows"));
    if (!answer) {
        if (answer.error() != errc::unavailable)
            throw std::runtime_error{
                fmt::format("the process on {} does not answer: {}", to_string(where), answer.error().message())};
        throw std::runtime_error{fmt::format(
            "no process of {} answers on {}; start one with `{} run`, or give --admin.listen of one that runs",
            call.what.name, to_string(where), call.what.name)};
    }
    if (call.process.settings.get<bool>("json")) {
        std::cout << answer->body << '\n';
        co_return 0;
    }
    const auto all = from_json<flow_listing>(answer->body, {.size = std::size_t{1} << 26});
    if (answer->status != 200 || !all)
        throw std::runtime_error{fmt::format("what listens on {} is no process of this framework", to_string(where))};
    std::cout << as_text(*all);
    co_return 0;
}

int run(invocation& call)
{
    return run_on_loop(call.process.log, [&](cancellation_token stop) { return show_flows(call, std::move(stop)); });
}

}  // namespace

const command& flows_command()
{
    static const command it{
        .name = "flows",
        .operands = "",
        .summary = "show what each flow of a running process is doing, and what blocks it",
        .help =
            "Asks the process that listens on `admin.listen`. OLDEST is the offset of the oldest unfinished record,\n"
            "which the other columns are about; DONE counts records that are finished beyond it.",
        .options = {{"json", "false", "print the answer as JSON", setting_declaration::kind::toggle}},
        .run = run};
    return it;
}

}  // namespace sluice
