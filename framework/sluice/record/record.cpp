#include "sluice/record/record.hpp"

#include <algorithm>
#include <ranges>

namespace sluice {
namespace {

class owned_bytes final : public record_bytes {
public:
    owned_bytes(std::string topic, std::optional<std::string> key, std::optional<std::string> value,
                sluice::headers headers)
        : topic{std::move(topic)},
          key{std::move(key)},
          value{std::move(value)},
          kept{std::move(headers)}
    {
    }

    [[nodiscard]] std::vector<header_view> headers() const override
    {
        std::vector<header_view> views;
        views.reserve(kept.size());
        for (const auto& [name, content] : kept) views.push_back({name, content});
        return views;
    }

    [[nodiscard]] std::optional<header_view> find_last(std::string_view name) const override
    {
        const auto last = std::ranges::find(kept.rbegin(), kept.rend(), name, &header::name);
        if (last == kept.rend()) return std::nullopt;
        return header_view{last->name, last->value};
    }

    std::string topic;
    std::optional<std::string> key, value;
    std::vector<header> kept;
};

template <class To, class From>
std::optional<To> convert(const std::optional<From>& from)
{
    return from ? std::optional<To>{std::in_place, *from} : std::nullopt;
}

}  // namespace

record record::detach() const
{
    sluice::headers copies;
    for (const auto& [name, value] : headers()) copies.push_back({std::string{name}, convert<std::string>(value)});
    auto copy = make({std::string{topic()}, partition()}, offset(), convert<std::string>(key()),
                     convert<std::string>(value()), std::move(copies), time());
    copy.fields_.time_is_append = time_is_append();
    return copy;
}

record record::make(topic_partition where, std::int64_t offset, std::optional<std::string> key,
                    std::optional<std::string> value, sluice::headers headers, timestamp time)
{
    auto bytes =
        std::make_unique<owned_bytes>(std::move(where.topic), std::move(key), std::move(value), std::move(headers));
    const fields views{bytes->topic,
                       where.partition,
                       offset,
                       time,
                       convert<std::string_view>(bytes->key),
                       convert<std::string_view>(bytes->value)};
    return {views, std::move(bytes)};
}

}  // namespace sluice
