#include "orders/answers.hpp"
#include "orders/stock_store.hpp"

#include <charconv>
#include <ranges>

namespace orders {
namespace {

template <class Integer>
std::optional<Integer> parse_number(std::string_view text)
{
    Integer number{};
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return number;
}

// `SKU-001..SKU-100`: the same prefix, then numbers of one width.
std::optional<std::vector<std::string>> parse_range(std::string_view first, std::string_view last)
{
    constexpr std::size_t most = 100'000;
    const auto prefix = first.find_last_not_of("0123456789") + 1;
    if (first.size() != last.size() || first.substr(0, prefix) != last.substr(0, prefix)) return std::nullopt;
    const auto from = parse_number<std::size_t>(first.substr(prefix));
    const auto to = parse_number<std::size_t>(last.substr(prefix));
    if (!from || !to || *from > *to || *to - *from >= most) return std::nullopt;
    std::vector<std::string> names;
    for (auto number = *from; number <= *to; ++number) {
        const auto digits = std::to_string(number);
        names.push_back(std::string{first.substr(0, prefix)} + std::string(first.size() - prefix - digits.size(), '0') +
                        digits);
    }
    return names;
}

}  // namespace

std::optional<quantities> parse_stock(std::string_view text)
{
    quantities stock;
    for (const auto part : std::views::split(text, ',')) {
        const std::string_view entry{part.begin(), part.end()};
        const auto equals = entry.find('=');
        if (equals == 0 || equals == entry.npos) return std::nullopt;
        const auto quantity = parse_number<std::int64_t>(entry.substr(equals + 1));
        if (!quantity || *quantity < 0 || *quantity > most_available) return std::nullopt;
        const auto name = entry.substr(0, equals);
        const auto dots = name.find("..");
        const auto names = dots == name.npos ? std::optional{std::vector<std::string>{std::string{name}}}
                                             : parse_range(name.substr(0, dots), name.substr(dots + 2));
        if (!names) return std::nullopt;
        for (const auto& sku : *names)
            if (!flaw_of_id(sku).empty() || sku.starts_with(' ') || sku.ends_with(' ') ||
                !stock.emplace(sku, *quantity).second)
                return std::nullopt;
    }
    if (stock.empty()) return std::nullopt;
    return stock;
}

}  // namespace orders
