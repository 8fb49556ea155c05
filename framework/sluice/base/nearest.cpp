#include "sluice/base/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace sluice {
namespace {

// Levenshtein's distance, one row at a time.
std::size_t edits(std::string_view from, std::string_view to)
{
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= from.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const auto replaced = diagonal + (from[i - 1] != to[j - 1]);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
        }
    }
    return row.back();
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string> known)
{
    std::optional<std::string_view> best;
    std::size_t fewest = std::max<std::size_t>(word.size() / 3, 1) + 1;
    for (const auto& candidate : known)
        if (const auto distance = edits(word, candidate); distance < fewest) {
            best = candidate;
            fewest = distance;
        }
    return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> known)
{
    const auto meant = nearest(word, known);
    return meant ? "; did you mean `" + std::string{*meant} + "`?" : std::string{};
}

}  // namespace sluice
