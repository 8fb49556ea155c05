#include "sluice/base/json_text.hpp"
#include "sluice/base/rfc3339.hpp"
#include "sluice/process/commands/command.hpp"
#include "sluice/process/commands/letter_filter.hpp"
#include "sluice/process/commands/letters.hpp"
#include "sluice/process/loop.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <iostream>
#include <tuple>

namespace sluice {
namespace {

// What letters have in common that stand in one line.
struct letter_kind {
    std::string topic;
    letter_maker maker;
    std::string reason, handler, error_type;
    friend auto operator<=>(const letter_kind&, const letter_kind&) = default;
};

struct letter_sum {
    std::int64_t count = 0;
    timestamp first{}, last{};
};

using letter_sums = std::map<letter_kind, letter_sum>;

void add(letter_sums& to, const record& letter, const provenance& from)
{
    auto& sum = to[{std::string{letter.topic()}, from.maker, from.reason, from.handler, from.error_type}];
    sum.first = sum.count == 0 ? letter.time() : std::min(sum.first, letter.time());
    sum.last = std::max(sum.last, letter.time());
    ++sum.count;
}

std::string or_dash(std::string_view text)
{
    return text.empty() ? "-" : printable(text, 60);
}

void print_table(const letter_sums& sums)
{
    std::vector<std::vector<std::string>> rows{{"TOPIC", "BY", "REASON", "HANDLER", "ERROR", "COUNT", "FIRST", "LAST"}};
    std::int64_t total = 0;
    for (const auto& [kind, sum] : sums) {
        rows.push_back({kind.topic, std::string{to_string(kind.maker)}, or_dash(kind.reason), or_dash(kind.handler),
                        or_dash(kind.error_type), std::to_string(sum.count), to_rfc3339(sum.first),
                        to_rfc3339(sum.last)});
        total += sum.count;
    }
    if (total > 0) std::cout << as_table(rows);
    std::cout << "dead letters: " << total << '\n';
}

void print_json(const letter_sums& sums)
{
    for (const auto& [kind, sum] : sums) {
        std::string line = "{";
        const std::pair<std::string_view, std::string_view> members[]{{"topic", kind.topic},
                                                                      {"by", to_string(kind.maker)},
                                                                      {"reason", kind.reason},
                                                                      {"handler", kind.handler},
                                                                      {"error_class", kind.error_type}};
        for (const auto& [name, text] : members) {
            append_json_string(line, name);
            line += ':';
            append_json_string(line, text);
            line += ',';
        }
        std::cout << line
                  << fmt::format(R"("count":{},"first":"{}","last":"{}"}})", sum.count, to_rfc3339(sum.first),
                                 to_rfc3339(sum.last))
                  << '\n';
    }
}

awaitable<int> list(invocation& call, cancellation_token stop)
{
    const auto executor = co_await asio::this_coro::executor;
    const letter_filter filter{call.process.settings, clock::of(executor).wall()};
    offload pool{{.threads = 1}};
    kafka::admin cluster{call.process.kafka, pool, call.process.log};
    auto logs = co_await run_under(stop, letter_topics(call, cluster));
    letter_sums sums;
    const auto read = [&](std::vector<record> letters) -> awaitable<bool> {
        for (const auto& letter : letters)
            if (const auto from = provenance_of(letter); filter.takes(letter, from)) add(sums, letter, from);
        co_return true;
    };
    co_await run_under(stop, read_letters(call, std::move(logs), {}, read));
    if (call.process.settings.get<bool>("json"))
        print_json(sums);
    else
        print_table(sums);
    co_return 0;
}

int run(invocation& call)
{
    return run_on_loop(call.process.log, [&](cancellation_token stop) { return list(call, std::move(stop)); });
}

std::vector<setting_declaration> options()
{
    auto all = letter_filter::options();
    all.push_back({"json", "false", "print JSON lines", setting_declaration::kind::toggle});
    return all;
}

}  // namespace

const command& dlq_list_command()
{
    static const command it{
        .name = "dlq list",
        .operands = "[TOPIC|ROLE...]",
        .summary = "count dead letters by who wrote them, reason, handler and error",
        .help =
            "A role, or a topic that roles read, stands for the dead letters of its groups; another topic for\n"
            "itself, so that those of Spring Kafka, Kafka Connect, Kafka Streams and SmallRye can be read too.\n"
            "Times are those of the letters: for Sluice's, when it failed.",
        .options = options(),
        .most = 1000,
        .run = run};
    return it;
}

}  // namespace sluice
