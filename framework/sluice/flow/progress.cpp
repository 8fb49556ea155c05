#include "sluice/flow/progress.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace sluice::progress {
namespace {

constexpr std::string_view version = "sluice/1 ";
constexpr std::size_t digits_of_an_offset = 19;

// Takes a positive number off the front.
template <class Integer>
std::optional<Integer> take_number(std::string_view& text)
{
    Integer value{};
    const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (trouble != std::errc{} || value <= 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

bool take(std::string_view& text, std::string_view what)
{
    if (!text.starts_with(what)) return false;
    text.remove_prefix(what.size());
    return true;
}

}  // namespace

std::string to_text(std::int64_t committed, std::span<const progress_run> runs)
{
    // What is neither finished nor tried needs no word at the end.
    while (!runs.empty() && !runs.back().finished && runs.back().failures == 0) runs = runs.first(runs.size() - 1);
    if (runs.empty()) return {};
    std::string text{version};
    text.append(std::to_string(committed)).append(1, ':');
    for (const auto& one : runs) {
        std::string word{one.finished ? " +" : " -"};
        word.append(std::to_string(one.to - one.from));
        if (!one.finished && one.failures > 0) word.append(1, '*').append(std::to_string(one.failures));
        if (text.size() + word.size() > longest) break;
        text.append(word);
    }
    return text;
}

void append(std::vector<progress_run>& to, std::span<const progress_run> more)
{
    if (more.empty()) return;
    if (!to.empty() && to.back().finished == more.front().finished && to.back().failures == more.front().failures) {
        to.back().to = more.front().to;
        more = more.subspan(1);
    }
    to.insert(to.end(), more.begin(), more.end());
}

std::vector<progress_run> from_text(std::int64_t committed, std::string_view text)
{
    if (text.size() > longest || !take(text, version)) return {};
    if (!take(text, std::to_string(committed)) || !take(text, ":")) return {};
    std::vector<progress_run> runs;
    for (auto from = committed; !text.empty(); from = runs.back().to) {
        progress_run one{from, from, false, 0};
        if (take(text, " +"))
            one.finished = true;
        else if (!take(text, " -"))
            return {};
        const auto count = take_number<std::int64_t>(text);
        if (!count || *count > std::numeric_limits<std::int64_t>::max() - from) return {};
        one.to += *count;
        if (!one.finished && take(text, "*")) {
            const auto failures = take_number<std::int32_t>(text);
            if (!failures || *failures == std::numeric_limits<std::int32_t>::max()) return {};
            one.failures = *failures;
        }
        runs.push_back(one);
    }
    return runs;
}

std::size_t length_at_most(std::size_t runs, std::size_t offsets, std::size_t failed, std::int32_t most)
{
    if (runs == 0) return 0;
    // The runs' lengths add up to `offsets`, and the logarithm is concave: their digits are most when all are equal.
    const auto digits = 1 + std::log10(std::max(1.0, static_cast<double>(offsets) / static_cast<double>(runs)));
    const auto words = static_cast<std::size_t>(std::ceil(static_cast<double>(runs) * (2 + digits)));
    return version.size() + digits_of_an_offset + 1 + words + failed * (1 + std::to_string(most).size());
}

reader::known reader::at(std::int64_t offset)
{
    if (done()) return {};
    if (offset < runs_.front().from) next_ = runs_.size();
    while (!done() && runs_[next_].to <= offset) ++next_;
    if (done()) return {};
    return {runs_[next_].finished, runs_[next_].failures};
}

std::vector<progress_run> reader::rest(std::int64_t from) const
{
    std::vector<progress_run> left;
    for (auto i = next_; i < runs_.size(); ++i) {
        if (runs_[i].to <= from) continue;
        left.push_back(runs_[i]);
        left.back().from = std::max(from, left.back().from);
    }
    return left;
}

}  // namespace sluice::progress
