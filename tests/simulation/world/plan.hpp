#pragma once

#include "simulation/world/facts.hpp"
#include "sluice/flow/settings.hpp"
#include "sluice/testing/simulated_decisions.hpp"

#include <string>
#include <vector>

namespace sluice::testing {

/// What becomes of an input record; its value is its index here.
struct fortune {
    std::optional<std::string> key{};
    std::int32_t partition = 0;  ///< without a key
    duration takes{};
    int failures = 0;  ///< before it succeeds
    bool poison = false;
    int emits = 0;                       ///< records
    std::optional<duration> deadline{};  ///< after it is sent
    duration pause{};                    ///< before it is sent
    bool left_out = false;
};

/// Everything about a run that its seed decides beforehand.
struct plan {
    simulated_group::protocol protocol{};
    std::int32_t partitions = 1;
    std::size_t processes = 1;
    double disorder = 0;  ///< how likely not the first of what is ready runs
    duration trouble{};   ///< how long it is made
    run_rules::order effects{};
    bool deadlines = false;  ///< some records have one
    flow_settings settings;
    std::int32_t retry_partitions = 1;  ///< of each retry topic
    std::vector<fortune> records;
};

/// How many attempts a record has, whether in place or through retry topics.
int attempts(const plan& what);

/// The topics of the detours of topic `in`, and their delays.
std::vector<std::string> retries(const plan& what);
std::vector<std::chrono::milliseconds> delays(const plan& what);

/// The class of the dead letter that a record is to become, if it is.
std::optional<std::string> class_of(const fortune& fate, const plan& what);

plan draw_plan(decisions& decide);

/// In a line, for people.
std::string to_string(const plan& what);

}  // namespace sluice::testing
