#include "sluice/process/settings.hpp"

#include "sluice/base/nearest.hpp"
#include "sluice/kafka/settings.hpp"
#include "sluice/process/usage_error.hpp"

#include <spdlog/fmt/fmt.h>
#include <boost/property_tree/ini_parser.hpp>
#include <boost/property_tree/ptree.hpp>

#include <algorithm>
#include <ranges>

namespace sluice {
namespace {

using kind = setting_declaration::kind;

bool is_kafka(std::string_view key)
{
    return key.starts_with("kafka.") && key.size() > 6;
}

bool is_secret(std::string_view key)
{
    if (is_kafka(key)) return kafka::is_secret(key.substr(6));
    return key.ends_with("password") || key.ends_with("secret") || key.ends_with("token");
}

// Kubernetes gives each container the addresses of its services as variables; one may be called `sluice`.
bool is_service_link(std::string_view name, std::string_view value)
{
    return name.find("_SERVICE_") != name.npos || name.find("_PORT_") != name.npos ||
           (name.ends_with("_PORT") && value.find("://") != value.npos);
}

}  // namespace

std::string environment_name(std::string_view key)
{
    std::string name = "SLUICE_";
    for (const char c : key)
        name += c == '.' || c == '-' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    return name;
}

settings::settings(const sources& from)
{
    declare(from.known);
    read_environment(from.environment);
    declare(from.options);
    read_flags(from.flags);
    read_config(from.known);
    for (const auto& [key, entry] : entries_)
        if (entry.check) entry.check(*this, key);
}

void settings::read_config(const std::vector<setting_declaration>& known)
{
    const auto config = entries_.find("config");
    if (config == entries_.end() || config->second.now.text.empty()) return;

    // Which file it is can come from the environment or a flag, yet both outrank what the file says.
    settings file;
    file.declare(known);
    file.read_file(config->second.now.text);
    for (auto& [key, entry] : file.entries_)
        if (entry.now.from != "default") {
            auto& ours = find(key, entry.now.from);
            if (ours.now.from.empty() || ours.now.from == "default") ours.now = std::move(entry.now);
        }
}

void settings::declare(const std::vector<setting_declaration>& known)
{
    for (const auto& one : known) {
        auto what = one.what == kind::value && is_secret(one.key) ? kind::secret : one.what;
        entries_[one.key] = {{one.fallback, "default"}, {}, one.help, what, one.check};
    }
}

settings::entry& settings::find(const std::string& key, const std::string& from)
{
    if (const auto found = entries_.find(key); found != entries_.end()) return found->second;
    if (is_kafka(key))
        return entries_.emplace(key, entry{{}, {}, "", is_secret(key) ? kind::secret : kind::value, {}}).first->second;
    const auto keys = std::views::keys(entries_);
    throw usage_error{fmt::format("unknown setting `{}` (from {}){}", key, from,
                                  did_you_mean(key, std::vector<std::string>(keys.begin(), keys.end())))};
}

void settings::read_file(const std::string& path)
{
    boost::property_tree::ptree sections;
    try {
        boost::property_tree::read_ini(path, sections);
    } catch (const boost::property_tree::ini_parser_error& bad) {
        const auto line = bad.line() ? fmt::format(" line {}", bad.line()) : std::string{};
        throw usage_error{fmt::format("config: {}{}: {}", path, line, bad.message())};
    }
    for (const auto& [section, keys] : sections) {
        if (keys.empty()) find(section, path).now = {keys.data(), path};
        for (const auto& [key, text] : keys) find(section + '.' + key, path).now = {text.data(), path};
    }
}

void settings::read_environment(const std::map<std::string, std::string>& environment)
{
    std::map<std::string, entry*> names;
    for (auto& [key, entry] : entries_) names.emplace(environment_name(key), &entry);
    for (const auto& [name, text] : environment) {
        if (!name.starts_with("SLUICE_")) continue;
        if (const auto known = names.find(name); known != names.end()) {
            known->second->now = {text, name};
        } else if (!is_service_link(name, text)) {
            auto key = name.substr(7);
            std::ranges::transform(key, key.begin(), [](char c) {
                return c == '_' ? '.' : (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
            });
            find(key, name).now = {text, name};
        }
    }
}

void settings::read_flags(const given_flags& flags)
{
    for (const auto& [key, text] : flags) {
        const auto name = "--" + key;
        auto& entry = find(key, name);
        if (entry.what != kind::list && entry.now.from == name)
            throw usage_error{fmt::format("{} is given twice", name)};
        if (!text) throw usage_error{fmt::format("{} needs a value", name)};
        entry.now = {*text, name};
        entry.texts.push_back(*text);
    }
}

const settings::entry& settings::at(std::string_view key) const
{
    const auto found = entries_.find(key);
    if (found == entries_.end()) throw std::logic_error{fmt::format("the setting \"{}\" is not declared", key)};
    return found->second;
}

const std::vector<std::string>& settings::list(std::string_view key) const
{
    return at(key).texts;
}

bool settings::given(std::string_view key) const
{
    const auto found = entries_.find(key);
    return found != entries_.end() && found->second.now.from != "default";
}

std::map<std::string, settings::value> settings::under(std::string_view prefix) const
{
    std::map<std::string, value> found;
    for (const auto& [key, entry] : entries_)
        if (key.starts_with(prefix) && !entry.now.text.empty()) found.emplace(key.substr(prefix.size()), entry.now);
    return found;
}

void settings::put(const std::string& key, std::string text, std::string from)
{
    auto& there = find(key, from);  // before `from` is moved: an assignment reads its right side first
    there.now = {std::move(text), std::move(from)};
}

std::vector<settings::effective> settings::all() const
{
    std::vector<effective> list;
    for (const auto& [key, entry] : entries_) {
        const bool hidden = entry.what == kind::secret && !entry.now.text.empty();
        list.push_back({key, hidden ? "(secret)" : entry.now.text, entry.now.from, entry.help});
    }
    return list;
}

void settings::reject(std::string_view key, std::string_view expected) const
{
    const auto& entry = at(key);
    const auto found = entry.what == kind::secret ? "a secret" : fmt::format("\"{}\"", entry.now.text);
    throw usage_error{fmt::format("{}: expected {}, found {} (from {})", key, expected, found, entry.now.from)};
}

}  // namespace sluice
