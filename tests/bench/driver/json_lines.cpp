#include "json_lines.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cmath>

namespace sluice::bench {
namespace {

boost::json::value number(std::optional<double> value)
{
    if (!value || !std::isfinite(*value)) return nullptr;
    return *value;
}

const char* name_of(bar::rule how)
{
    switch (how) {
        case bar::rule::ratio: return "ratio";
        case bar::rule::difference: return "difference";
        case bar::rule::alone: break;
    }
    return "alone";
}

}  // namespace

std::string json_line(const verdict& one)
{
    std::optional<double> ratio, baseline, least, most;
    if (one.baseline) {
        baseline = one.baseline->median;
        least = one.baseline->least;
        most = one.baseline->most;
        ratio = one.ours.median / one.baseline->median;
    }
    const boost::json::object line{
        {"name", one.name},
        {"unit", one.unit},
        {"value", number(one.ours.median)},
        {"value_min", number(one.ours.least)},
        {"value_max", number(one.ours.most)},
        {"against", one.against},
        {"baseline", number(baseline)},
        {"baseline_min", number(least)},
        {"baseline_max", number(most)},
        {"compare", name_of(one.bar.how)},
        {"ratio", number(ratio)},
        {"compared", number(one.compared)},
        {"bar", number(one.bar.bound)},
        {"bar_is", one.bar.which == bar::side::at_least ? "at_least" : "at_most"},
        {"met", one.met},
        {"cpu_us", number(one.cpu_us)},
        {"peak_mb", number(one.peak_mb)},
    };
    return boost::json::serialize(line);
}

}  // namespace sluice::bench
