#pragma once

#include "sluice/record/topic.hpp"

#include <string>
#include <utility>

/// A declaration without a payload's type.
struct declared_topic : sluice::topic_declaration {
    declared_topic(std::string name, sluice::topic_settings how) : topic_declaration{std::move(name), std::move(how)} {}
};
