#include "contest.hpp"

#include "measured_process.hpp"

#include <boost/json/parse.hpp>

#include <unistd.h>

namespace sluice::bench {
namespace {

constexpr std::chrono::seconds longest_run{120};

void replace(std::string& in, std::string_view what, std::string_view by)
{
    for (auto at = in.find(what); at != std::string::npos; at = in.find(what, at + by.size()))
        in.replace(at, what.size(), by);
}

// Unlike that of any run before, also of another driver on the same Kafka.
std::string next_run()
{
    static int last = 0;
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(since).count()) + '-' +
           std::to_string(getpid()) + '-' + std::to_string(++last);
}

std::vector<std::string> command_of(const variant& which, const arena& where)
{
    const auto run = next_run();
    auto command = which.command;
    command.at(0) = where.programs + '/' + command[0];
    for (auto& each : command) {
        replace(each, "{bootstrap}", where.bootstrap);
        replace(each, "{run}", run);
    }
    return command;
}

std::string last_lines(const std::string& text, std::size_t most = 2000)
{
    return text.size() <= most ? text : "…" + text.substr(text.size() - most);
}

sample parse(const std::string& printed)
{
    const auto object = boost::json::parse(printed).as_object();
    sample values;
    for (const auto& [key, value] : object) values[std::string{key}] = value.to_number<double>();
    return values;
}

sample run(const figure& what, const variant& which, const arena& where)
{
    const auto command = command_of(which, where);
    const auto over = run_measured(command, longest_run);
    std::string words = what.name + ": " + which.name + " failed\n ";
    for (const auto& each : command) words += ' ' + each;
    if (over.status != 0)
        throw variant_failed{words + "\n  status " + std::to_string(over.status) + "\n" + last_lines(over.err)};
    sample values;
    try {
        values = parse(over.out);
    } catch (const std::exception&) {
        throw variant_failed{words + "\n  it printed no object of numbers: " + last_lines(over.out)};
    }
    const auto records = values.find("records");
    if (records != values.end() && values.contains("seconds"))
        values.try_emplace("rate", records->second / values.at("seconds"));
    if (records != values.end()) values.try_emplace("cpu_us", over.cpu_seconds * 1e6 / records->second);
    values.try_emplace("peak_mb", over.peak_mb);
    if (!values.contains(what.value)) throw variant_failed{words + "\n  it does not tell " + what.value};
    return values;
}

}  // namespace

std::vector<std::vector<sample>> contest(const figure& what, const arena& where, int rounds)
{
    std::vector<std::vector<sample>> counted;
    const auto many = what.variants.size();
    for (int round = 0; round <= rounds; ++round) {
        std::vector<sample> all(many);
        for (std::size_t i = 0; i < many; ++i) {
            const auto next = (i + static_cast<std::size_t>(round)) % many;
            where.told(what, round, rounds, what.variants[next]);
            all[next] = run(what, what.variants[next], where);
        }
        if (round > 0) counted.push_back(std::move(all));
    }
    return counted;
}

}  // namespace sluice::bench
