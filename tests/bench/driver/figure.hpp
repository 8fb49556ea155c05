#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sluice::bench {

/// A topic that figures read, made and filled once in a run of the bench.
struct dataset {
    std::string topic;
    std::int64_t records = 0;     ///< 0: it is only made, for what a figure sends
    std::string shape = "bytes";  ///< of a value: what `bench-raw fill` knows
    int size = 100;               ///< of a value of bytes
    int keys = 10'000;            ///< different ones, which decide the partition
    int partitions = 4;
};

/// What does the figure's work, the framework or a baseline: a program beside the driver ("bench-ours", "bench-raw",
/// "bench-raw-glibc") and its arguments, in which {bootstrap} is Kafka's address and {run} another number each time.
struct variant {
    std::string name;
    std::vector<std::string> command;
};

/// What a figure promises of one value, beside its baselines or alone.
struct bar {
    enum class rule { ratio, difference, alone };
    enum class side { at_least, at_most };

    std::string name = {};                  ///< beside the figure's, where it has several: "CPU a record"
    std::string value = {};                 ///< a key of what workers print; empty: the figure's
    std::string unit = {};                  ///< of this value; empty: the figure's
    std::vector<std::string> against = {};  ///< variants; of several, the best
    std::string best_by = {};               ///< that has the best median of this key; empty: the figure's value
    std::optional<double> limit = {};       ///< a baseline that is known beforehand, instead of `against`
    std::string limit_name = {};
    rule how = rule::ratio;
    side which = side::at_least;
    double bound = 1;
};

/// A path through the framework beside the same work done by hand. Workers print one flat JSON object of numbers; what
/// they do not say is computed: `rate` = records / seconds, `cpu_us` (of the whole process, a record), `peak_mb`.
struct figure {
    std::string name;
    std::string title;
    std::string unit = "records/s";
    std::string value = "rate";
    std::vector<dataset> data = {};
    std::vector<variant> variants;  ///< the first is the framework's
    std::vector<bar> bars;
};

/// Of a value with this name, more is better.
inline bool more_is_better(const std::string& value)
{
    return value == "rate";
}

/// What one run of a worker said.
using sample = std::map<std::string, double>;

}  // namespace sluice::bench
