#include "sluice/flow/waves.hpp"

#include <set>
#include <string_view>
#include <tuple>

namespace sluice {

std::vector<std::size_t> next_wave(const std::vector<outgoing>& left)
{
    std::vector<std::size_t> wave;
    if (left.size() == 1) return {0};
    std::set<std::tuple<std::string_view, std::int32_t, std::string_view>> taken;
    for (std::size_t i = 0; i < left.size(); ++i) {
        const auto& one = left[i];
        const bool ordered = one.partition || one.key;
        const std::string_view key = one.partition || !one.key ? std::string_view{} : *one.key;
        if (!ordered || taken.emplace(one.topic, one.partition.value_or(-1), key).second) wave.push_back(i);
    }
    return wave;
}

std::vector<outgoing> chosen(const std::vector<outgoing>& from, const std::vector<std::size_t>& which)
{
    if (which.size() == from.size()) return from;
    std::vector<outgoing> some;
    for (const auto i : which) some.push_back(from[i]);
    return some;
}

std::optional<error> keep_unsent(std::vector<outgoing>& left, const std::vector<std::size_t>& wave,
                                 const std::vector<result<position>>& results, const std::string& trouble)
{
    std::optional<error> first;
    std::vector<outgoing> still;
    std::size_t next = 0;  // of the wave
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (next < wave.size() && wave[next] == i) {
            const auto at = next++;
            if (at < results.size() && results[at]) continue;
            if (!first) first = at < results.size() ? results[at].error() : error{errc::outcome_unknown, trouble};
        }
        still.push_back(std::move(left[i]));
    }
    left = std::move(still);
    return first;
}

}  // namespace sluice
