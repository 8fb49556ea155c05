#pragma once

#include "sluice/base/result.hpp"

#include <map>
#include <string>
#include <string_view>

namespace sluice::kafka {

/// librdkafka's own properties by their own names, as text.
using properties = std::map<std::string, std::string>;

/// What every client of one cluster is made from. Each client takes the properties of its kind and passes over
/// those of the others.
struct settings {
    /// E.g. {"bootstrap.servers", "kafka-1:9092,kafka-2:9092"}. Everything that librdkafka knows may be set, but for
    /// what the framework's promises rest on (`enable.auto.commit`, `acks` …).
    kafka::properties properties = {};
    /// The cluster is an `embedded_broker`, which wants defaults of its own.
    bool embedded = false;

    /// Names the first property that is unknown, reserved, or has a bad value, with librdkafka's reason.
    [[nodiscard]] result<> validate() const;
    /// The properties with secrets replaced, for people to read.
    [[nodiscard]] kafka::properties redacted() const;
};

/// Whether the value of a property must never be shown.
bool is_secret(std::string_view property);

}  // namespace sluice::kafka
