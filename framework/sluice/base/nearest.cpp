#include "sluice/base/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace sluice {
namespace {

// Levenshtein's distance, and neighbours that changed places count as one edit.
std::size_t edits(std::string_view from, std::string_view to)
{
    std::vector<std::size_t> before(to.size() + 1), above(to.size() + 1), row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= from.size(); ++i) {
        std::swap(before, above);
        std::swap(above, row);
        row[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            row[j] = std::min({row[j - 1] + 1, above[j] + 1, above[j - 1] + (from[i - 1] != to[j - 1])});
            if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
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
