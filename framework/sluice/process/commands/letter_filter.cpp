#include "sluice/process/commands/letter_filter.hpp"

#include "sluice/base/rfc3339.hpp"

#include <algorithm>
#include <charconv>

namespace sluice {
namespace {

template <class Integer>
std::optional<Integer> number(std::string_view text)
{
    Integer value{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

std::optional<timestamp> time(const settings& given, std::string_view key, timestamp now)
{
    const auto text = given.get<std::string>(key);
    if (text.empty()) return std::nullopt;
    if (const auto exact = from_rfc3339(text)) return exact;
    if (text.find_first_not_of("0123456789hms") != text.npos)
        given.reject(key, "a time such as 2026-01-31T12:00:00Z, or how long ago, such as 90m");
    return now - std::chrono::floor<std::chrono::milliseconds>(given.get<duration>(key));
}

bool is_one_of(const std::vector<std::string>& allowed, std::string_view what)
{
    return allowed.empty() || std::ranges::find(allowed, what) != allowed.end();
}

bool holds_one_of(const std::vector<std::string>& parts, std::string_view what)
{
    const auto holds = [&](const std::string& part) { return what.find(part) != what.npos; };
    return parts.empty() || std::ranges::any_of(parts, holds);
}

}  // namespace

letter_filter::letter_filter(const settings& given, timestamp now)
    : reasons_{given.list("reason")},
      classes_{given.list("class")},
      handlers_{given.list("handler")},
      keys_{given.list("key")},
      sources_{given.list("from")},
      since_{time(given, "since", now)},
      until_{time(given, "until", now)}
{
    for (const auto& text : given.list("offset")) {
        const auto read = read_offsets(text);
        if (!read) given.reject("offset", "partition/offset or partition/first..last, such as 3/17 or 3/17..40");
        offsets_.push_back(*read);
    }
}

std::optional<letter_filter::offsets> letter_filter::read_offsets(std::string_view text)
{
    const auto slash = text.find('/');
    if (slash == text.npos) return std::nullopt;
    const auto partition = number<std::int32_t>(text.substr(0, slash));
    text.remove_prefix(slash + 1);
    const auto dots = text.find("..");
    const auto first = number<std::int64_t>(text.substr(0, dots));
    const auto last = dots == text.npos ? first : number<std::int64_t>(text.substr(dots + 2));
    if (!partition || !first || !last || *last < *first) return std::nullopt;
    return offsets{*partition, *first, *last};
}

bool letter_filter::takes(const record& letter, const provenance& from) const
{
    const auto has = [&](const offsets& one) {
        return one.partition == letter.partition() && one.first <= letter.offset() && letter.offset() <= one.last;
    };
    return is_one_of(reasons_, from.reason) && holds_one_of(classes_, from.error_type) &&
           is_one_of(handlers_, from.handler) && (keys_.empty() || (letter.key() && is_one_of(keys_, *letter.key()))) &&
           is_one_of(sources_, from.topic) && (!since_ || letter.time() >= *since_) &&
           (!until_ || letter.time() < *until_) && (offsets_.empty() || std::ranges::any_of(offsets_, has));
}

std::vector<setting_declaration> letter_filter::options()
{
    using kind = setting_declaration::kind;
    return {{"reason", "", "only decode, permanent, exhausted, expired, or a stage of Kafka Connect", kind::list},
            {"class", "", "only where the exception's class holds this text", kind::list},
            {"handler", "", "only of this handler, or connector", kind::list},
            {"key", "", "only with this key", kind::list},
            {"from", "", "only from this source topic", kind::list},
            {"since", "", "only from this time on: RFC 3339, or how long ago (2h)"},
            {"until", "", "only before this time"},
            {"offset", "", "only these: partition/offset or partition/first..last", kind::list}};
}

}  // namespace sluice
