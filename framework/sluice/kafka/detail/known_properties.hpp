#pragma once

#include <map>
#include <string>
#include <vector>

/// What the librdkafka that runs knows of its own properties.
namespace sluice::kafka::detail {

enum class property_scope { both, producer, consumer };

/// Its properties and their aliases. Read once; thread-safe.
const std::map<std::string, property_scope, std::less<>>& known_properties();
const std::vector<std::string>& known_names();

}  // namespace sluice::kafka::detail
