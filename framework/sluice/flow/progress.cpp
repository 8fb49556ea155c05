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

// Later ones are nobody's, and would overflow a clock that counts nanoseconds.
constexpr timestamp latest{std::chrono::milliseconds{9'000'000'000'000}};
constexpr std::size_t digits_of_a_time = 13;

// Takes a number off the front.
template <class Integer>
std::optional<Integer> take_number(std::string_view& text, Integer least = 1)
{
    Integer value{};
    const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (trouble != std::errc{} || value < least) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

bool take(std::string_view& text, std::string_view what)
{
    if (!text.starts_with(what)) return false;
    text.remove_prefix(what.size());
    return true;
}

// Times of first failures: the first is told, the others from there.
class failure_times {
public:
    std::string to_text(timestamp when)
    {
        if (when <= unknown_time || when > latest) return {};
        if (first_ == unknown_time) {
            first_ = when;
            return '@' + std::to_string(when.time_since_epoch().count());
        }
        const auto after = (when - first_).count();
        return (after < 0 ? "@" : "@+") + std::to_string(after);
    }

    // None: it is not as we write it.
    std::optional<timestamp> take(std::string_view& text)
    {
        const bool is_first = first_ == unknown_time;
        const bool later = !is_first && text.starts_with('+');
        if (later) text.remove_prefix(1);
        if (!is_first && !later && !text.starts_with('-')) return std::nullopt;
        const std::int64_t least = is_first ? 1 : later ? 0 : -latest.time_since_epoch().count();
        const auto ms = take_number(text, least);
        if (!ms || *ms > latest.time_since_epoch().count()) return std::nullopt;
        const auto when = first_ + std::chrono::milliseconds{*ms};
        if (when <= unknown_time || when > latest) return std::nullopt;
        if (is_first) first_ = when;
        return when;
    }

private:
    timestamp first_ = unknown_time;
};

}  // namespace

std::string to_text(std::int64_t committed, std::span<const progress_run> runs)
{
    // What is neither finished nor tried needs no word at the end.
    while (!runs.empty() && !runs.back().finished && runs.back().failures == 0) runs = runs.first(runs.size() - 1);
    if (runs.empty()) return {};
    std::string text{version};
    text.append(std::to_string(committed)).append(1, ':');
    failure_times times;
    for (const auto& one : runs) {
        std::string word{one.finished ? " +" : " -"};
        word.append(std::to_string(one.to - one.from));
        if (!one.finished && one.failures > 0)
            word.append(1, '*').append(std::to_string(one.failures)).append(times.to_text(one.first_failure));
        if (text.size() + word.size() > longest) break;
        text.append(word);
    }
    return text;
}

void append(std::vector<progress_run>& to, std::span<const progress_run> more)
{
    if (more.empty()) return;
    if (!to.empty() && to.back().like(more.front())) {
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
    failure_times times;
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
            if (take(text, "@")) {
                const auto when = times.take(text);
                if (!when) return {};
                one.first_failure = *when;
            }
        }
        runs.push_back(one);
    }
    return runs;
}

std::size_t length_at_most(std::size_t runs, std::size_t offsets, std::size_t failed, std::int32_t most,
                           std::chrono::milliseconds span)
{
    if (runs == 0) return 0;
    // The runs' lengths add up to `offsets`, and the logarithm is concave: their digits are most when all are equal.
    const auto digits = 1 + std::log10(std::max(1.0, static_cast<double>(offsets) / static_cast<double>(runs)));
    const auto words = static_cast<std::size_t>(std::ceil(static_cast<double>(runs) * (2 + digits)));
    const auto failure = 1 + std::to_string(most).size() + 2 + std::to_string(span.count()).size();
    return version.size() + digits_of_an_offset + 1 + words + failed * failure + digits_of_a_time;
}

reader::known reader::at(std::int64_t offset)
{
    if (done()) return {};
    if (offset < runs_.front().from) next_ = runs_.size();
    while (!done() && runs_[next_].to <= offset) ++next_;
    if (done()) return {};
    return {runs_[next_].finished, runs_[next_].failures, runs_[next_].first_failure};
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
