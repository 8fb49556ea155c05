#pragma once

#include "sluice/process/role_table.hpp"

#include <boost/describe.hpp>

#include <string>

struct word {
    std::string key, text;
    friend bool operator==(const word&, const word&) = default;
};
BOOST_DESCRIBE_STRUCT(word, (), (key, text))

inline const sluice::topic words{"words", &word::key, {.partitions = 4}};
inline const sluice::topic copies{"words.copied", &word::key, {.partitions = 4}};
