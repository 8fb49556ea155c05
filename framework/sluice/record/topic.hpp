#pragma once

#include "sluice/record/codec.hpp"
#include "sluice/record/record.hpp"

#include <functional>
#include <map>
#include <string>
#include <utility>

namespace sluice {

struct topic_settings {
    std::int32_t partitions = 12;
    /// Topic configuration as Kafka names it, e.g. {"retention.ms", "604800000"}.
    std::map<std::string, std::string> config = {};
};

/// What is known of a topic without its payload's type: enough to create it, compare it and draw it.
class topic_declaration {
public:
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::int32_t partitions() const noexcept { return settings_.partitions; }
    [[nodiscard]] const std::map<std::string, std::string>& config() const noexcept { return settings_.config; }

protected:
    topic_declaration(std::string name, topic_settings settings)
        : name_{std::move(name)},
          settings_{std::move(settings)}
    {
    }

private:
    std::string name_;
    topic_settings settings_;
};

/// A declared topic of JSON payloads `T`. Sending and consuming go through it, so the rule that says which records
/// stay in order (the key) is written once.
template <class T>
class topic : public topic_declaration {
public:
    using payload = T;

    /// `key` is the member whose value becomes the record's key.
    topic(std::string name, std::string T::* key, topic_settings settings = {})
        : topic_declaration{std::move(name), std::move(settings)},
          key_{key}
    {
    }

    [[nodiscard]] const std::string& key_of(const T& what) const { return what.*key_; }

    /// The record for `what`: its key, and its JSON as the value.
    [[nodiscard]] outgoing make(const T& what) const { return {name(), key_of(what), to_json(what), {}, {}, {}}; }

private:
    std::string T::* key_;
};

}  // namespace sluice
