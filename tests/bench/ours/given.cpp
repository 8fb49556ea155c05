#include "given.hpp"

#include <string_view>

namespace sluice::bench {
namespace {

std::int64_t number_of(const std::string& name, const std::string& text)
{
    try {
        return std::stoll(text);
    } catch (const std::exception&) {
        throw usage_error{"--" + name + ": " + text + " is no number"};
    }
}

}  // namespace

given::given(int count, const char* const* options)
{
    for (int i = 0; i < count; i += 2) {
        const std::string_view name = options[i];
        if (!name.starts_with("--") || i + 1 == count)
            throw usage_error{std::string{name} + " is no option with a value"};
        all_.insert_or_assign(std::string{name.substr(2)}, options[i + 1]);
    }
}

const std::string* given::find(const std::string& name) const
{
    asked_.insert(name);
    const auto found = all_.find(name);
    return found == all_.end() ? nullptr : &found->second;
}

const std::string& given::text(const std::string& name) const
{
    if (const auto* value = find(name)) return *value;
    throw usage_error{"the option --" + name + " is needed"};
}

std::string given::text(const std::string& name, std::string otherwise) const
{
    const auto* value = find(name);
    return value ? *value : std::move(otherwise);
}

std::int64_t given::number(const std::string& name) const
{
    return number_of(name, text(name));
}

std::int64_t given::number(const std::string& name, std::int64_t otherwise) const
{
    const auto* value = find(name);
    return value ? number_of(name, *value) : otherwise;
}

kafka::settings given::cluster() const
{
    kafka::settings of;
    of.properties.emplace("bootstrap.servers", text("bootstrap"));
    for (const auto& [name, value] : all_)
        if (name.starts_with("kafka.")) of.properties.insert_or_assign(name.substr(6), text(name));
    return of;
}

void given::check() const
{
    for (const auto& [name, value] : all_)
        if (!asked_.contains(name)) throw usage_error{"the option --" + name + " is unknown to this work"};
}

}  // namespace sluice::bench
