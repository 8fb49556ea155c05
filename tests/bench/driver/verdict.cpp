#include "verdict.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace sluice::bench {
namespace {

using samples = std::vector<std::vector<sample>>;

std::size_t index_of(const figure& what, const std::string& name)
{
    const auto found = std::ranges::find(what.variants, name, &variant::name);
    if (found == what.variants.end()) throw std::runtime_error{what.name + " has no variant " + name};
    return static_cast<std::size_t>(found - what.variants.begin());
}

spread of(const figure& what, const samples& rounds, std::size_t which, const std::string& value)
{
    std::vector<double> values;
    for (const auto& round : rounds) {
        const auto found = round[which].find(value);
        if (found == round[which].end())
            throw std::runtime_error{what.name + ": " + what.variants[which].name + " does not tell " + value};
        values.push_back(found->second);
    }
    return spread_of(std::move(values));
}

std::optional<double> median_if_told(const samples& rounds, std::size_t which, const std::string& value)
{
    std::vector<double> values;
    for (const auto& round : rounds)
        if (const auto found = round[which].find(value); found != round[which].end()) values.push_back(found->second);
    return values.empty() ? std::nullopt : std::optional{spread_of(std::move(values)).median};
}

std::size_t best_of(const figure& what, const samples& rounds, const bar& asked)
{
    const auto& by = asked.best_by.empty() ? what.value : asked.best_by;
    const double sign = more_is_better(by) ? 1 : -1;
    double best = -std::numeric_limits<double>::infinity();
    std::size_t chosen = 0;
    for (const auto& name : asked.against) {
        const auto which = index_of(what, name);
        const double mark = sign * of(what, rounds, which, by).median;
        if (mark > best) {
            best = mark;
            chosen = which;
        }
    }
    return chosen;
}

double compare(const bar& asked, double ours, double baseline)
{
    switch (asked.how) {
        case bar::rule::ratio: return ours / baseline;
        case bar::rule::difference: return ours - baseline;
        case bar::rule::alone: break;
    }
    return ours;
}

verdict judge(const figure& what, const samples& rounds, const bar& asked)
{
    const auto& value = asked.value.empty() ? what.value : asked.value;
    verdict over{.name = asked.name.empty() ? what.name : what.name + ": " + asked.name,
                 .title = what.title,
                 .unit = asked.unit.empty() ? what.unit : asked.unit,
                 .against = asked.limit_name,
                 .ours = of(what, rounds, 0, value),
                 .baseline = {},
                 .bar = asked};
    if (asked.limit) {
        over.baseline = spread{*asked.limit, *asked.limit, *asked.limit};
    } else if (!asked.against.empty()) {
        const auto chosen = best_of(what, rounds, asked);
        over.against = what.variants[chosen].name;
        over.baseline = of(what, rounds, chosen, value);
        over.baseline_cpu_us = median_if_told(rounds, chosen, "cpu_us");
    } else if (asked.how != bar::rule::alone) {
        throw std::runtime_error{what.name + ": a bar without a baseline"};
    }
    over.compared = compare(asked, over.ours.median, over.baseline ? over.baseline->median : 0);
    over.met = asked.which == bar::side::at_least ? over.compared >= asked.bound : over.compared <= asked.bound;
    over.cpu_us = median_if_told(rounds, 0, "cpu_us").value_or(0);
    over.peak_mb = median_if_told(rounds, 0, "peak_mb").value_or(0);
    return over;
}

}  // namespace

spread spread_of(std::vector<double> values)
{
    std::ranges::sort(values);
    const auto middle = values.size() / 2;
    const double median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    return {median, values.front(), values.back()};
}

std::vector<verdict> judge(const figure& what, const std::vector<std::vector<sample>>& rounds)
{
    std::vector<verdict> all;
    for (const auto& asked : what.bars) all.push_back(judge(what, rounds, asked));
    return all;
}

}  // namespace sluice::bench
