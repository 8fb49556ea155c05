#include "rules.hpp"

#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>

namespace house {
namespace {

/// Includes go down only; rooms of one floor do not know each other.
const std::map<std::string, int> floors{{"base", 0}, {"telemetry", 1}, {"record", 2},  {"http", 2},    {"store", 2},
                                        {"flow", 3}, {"kafka", 3},     {"process", 4}, {"testing", 4}, {"apps", 5}};
/// Downwards, and forbidden all the same.
const std::set<std::pair<std::string, std::string>> strangers{
    {"kafka", "http"}, {"kafka", "store"}, {"flow", "http"}, {"flow", "store"}};

const std::map<std::string, std::string> forbidden{
    {"asio::detached", "spawn in a scope, so that somebody waits for it"},
    {"this_thread::sleep", "sleep by the loop's clock: it can be cancelled, and driven by a test"}};

constexpr std::size_t longest = 300;

// Where time is real, a test waits for what happens. (Simulations have a script in virtual time; unit tests of the
// clock sleep.)
bool in_real_time(const std::string& path)
{
    const auto is_in = [&](const char* folder) { return path.starts_with(folder); };
    return is_in("tests/") && !is_in("tests/unit/") && !is_in("tests/simulation/") && !is_in("tests/bench/") &&
           path != "tests/spans.hpp";
}

std::string room_of(const std::string& path)
{
    if (path.starts_with("apps/")) return "apps";
    const std::string prefix = "framework/sluice/";
    if (!path.starts_with(prefix)) return {};
    const auto end = path.find('/', prefix.size());
    return end == std::string::npos ? std::string{} : path.substr(prefix.size(), end - prefix.size());
}

std::optional<std::string> wrong_include(const std::string& room, const std::string& included)
{
    if (room.empty()) return {};  // a test may look
    if (included.find("rdkafka") != std::string::npos && room != "kafka") return "librdkafka is known to kafka/ only";
    if (!included.starts_with("sluice/")) return {};
    const auto other = room_of("framework/" + included);
    if (other.empty() || other == room) return {};
    const bool known = floors.contains(room) && floors.contains(other);
    if (known && floors.at(other) < floors.at(room) && !strangers.contains({room, other})) return {};
    return room + "/ does not know " + other + "/";
}

}  // namespace

std::vector<source> sources(const std::filesystem::path& root, const std::string& folder)
{
    std::vector<source> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{root / folder}) {
        if (entry.path().extension() != ".hpp" && entry.path().extension() != ".cpp") continue;
        source file{std::filesystem::relative(entry.path(), root).generic_string(), {}};
        std::ifstream text{entry.path()};
        for (std::string line; std::getline(text, line);) file.lines.push_back(line);
        all.push_back(std::move(file));
    }
    return all;
}

std::vector<std::string> violations(const source& file)
{
    static const std::regex include{R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])"}, comment{R"(^\s*//)"};
    std::vector<std::string> found;
    std::size_t number = 0;
    const auto report = [&](const std::string& what) {
        found.push_back(file.path + ":" + std::to_string(number) + ": " + what);
    };
    for (const auto& line : file.lines) {
        ++number;
        if (std::regex_search(line, comment)) continue;
        if (std::smatch match; std::regex_search(line, match, include))
            if (const auto wrong = wrong_include(room_of(file.path), match[1])) report(*wrong);
        if (in_real_time(file.path) && line.find("sleep_for(") != std::string::npos)
            report("sleep_for: wait with testing::until; what is no wait has a name in spans.hpp");
        for (const auto& [word, instead] : forbidden)
            if (line.find(word) != std::string::npos) report(word + ": " + instead);
    }
    if (file.path.starts_with("framework/") && number > longest)
        report("more than " + std::to_string(longest) + " lines: which two ideas does the file hold?");
    return found;
}

}  // namespace house
