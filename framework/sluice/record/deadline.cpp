#include "sluice/record/deadline.hpp"

#include <charconv>

namespace sluice {

header deadline_at(timestamp when)
{
    return {std::string{deadline_header}, std::to_string(when.time_since_epoch().count())};
}

std::optional<timestamp> deadline_of(const record& what)
{
    const auto when = number_in(what, deadline_header);
    return when ? std::optional{timestamp{std::chrono::milliseconds{*when}}} : std::nullopt;
}

std::optional<std::int64_t> number_in(const record& what, std::string_view header)
{
    const auto text = what.header(header);
    std::int64_t value = 0;
    if (!text) return std::nullopt;
    const auto read = std::from_chars(text->data(), text->data() + text->size(), value);
    const bool whole = read.ec == std::errc{} && read.ptr == text->data() + text->size();
    return whole ? std::optional{value} : std::nullopt;
}

}  // namespace sluice
