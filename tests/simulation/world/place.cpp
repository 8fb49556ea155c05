#include "simulation/world/place.hpp"

#include <boost/endian/conversion.hpp>

#include <charconv>
#include <cstring>

namespace sluice::testing {
namespace {

template <class Integer>
Integer big_endian(const std::optional<std::string>& bytes)
{
    Integer value{};
    if (!bytes || bytes->size() != sizeof value) return -1;
    std::memcpy(&value, bytes->data(), sizeof value);
    return boost::endian::big_to_native(value);
}

}  // namespace

std::string to_string(const place& what)
{
    return what.where.topic + '/' + std::to_string(what.where.partition) + '@' + std::to_string(what.offset);
}

std::string output_of(const place& what, int ordinal)
{
    return to_string(what) + '#' + std::to_string(ordinal);
}

std::string output_key(std::string_view key, int ordinal)
{
    return std::string{key} + std::string(static_cast<std::size_t>(ordinal), '\'');
}

bool is_surely_not(const step& answer)
{
    static const auto unknown = error{errc::outcome_unknown}.message();
    return !answer.note.empty() && !answer.note.ends_with(unknown);
}

place origin_of(const logged& output)
{
    const std::string_view text = *output.value;
    const auto slash = text.find('/'), at = text.find('@');
    place origin{{std::string{text.substr(0, slash)}, 0}, 0};
    std::from_chars(text.data() + slash + 1, text.data() + at, origin.where.partition);
    std::from_chars(text.data() + at + 1, text.data() + text.size(), origin.offset);
    return origin;
}

place buried_of(const logged& dead_letter)
{
    return {{dead_letter.header("kafka_dlt-original-topic").value_or(""),
             big_endian<std::int32_t>(dead_letter.header("kafka_dlt-original-partition"))},
            big_endian<std::int64_t>(dead_letter.header("kafka_dlt-original-offset"))};
}

place detoured_of(const logged& retry)
{
    return {{retry.header("kafka_original-topic").value_or(""),
             big_endian<std::int32_t>(retry.header("kafka_original-partition"))},
            big_endian<std::int64_t>(retry.header("kafka_original-offset"))};
}

std::optional<std::int64_t> number_of(const logged& what, std::string_view header)
{
    const auto text = what.header(header);
    std::int64_t value = 0;
    if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc{}) return {};
    return value;
}

std::optional<timestamp> deadline_of(const logged& what)
{
    const auto ms = number_of(what, "sluice-deadline");
    return ms ? std::optional{timestamp{std::chrono::milliseconds{*ms}}} : std::nullopt;
}

}  // namespace sluice::testing
