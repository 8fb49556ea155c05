#include "table.hpp"

#include "words.hpp"

#include <algorithm>
#include <array>
#include <ostream>

namespace sluice::bench {
namespace {

constexpr std::size_t columns = 9;
using row = std::array<std::string, columns>;

// Of what the table holds, only the first byte of a UTF-8 sequence takes room.
std::size_t width(const std::string& text)
{
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

row row_of(const verdict& one)
{
    return {one.name,
            short_number(one.ours.median) + " " + one.unit,
            short_number(one.ours.least) + "–" + short_number(one.ours.most),
            one.against,
            one.baseline ? short_number(one.baseline->median) : "",
            compared_words(one),
            words_of(one.bar),
            one.met ? "met" : "NOT MET",
            one.cpu_us > 0 ? short_number(one.cpu_us) : ""};
}

}  // namespace

void print_table(std::ostream& to, std::span<const verdict> all)
{
    std::vector<row> rows{{"figure", "sluice", "from–to", "against", "", "is", "bar", "", "CPU µs"}};
    for (const auto& one : all) rows.push_back(row_of(one));
    std::array<std::size_t, columns> widths{};
    for (const auto& one : rows)
        for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], width(one[i]));
    for (const auto& one : rows) {
        std::string line;
        for (std::size_t i = 0; i < columns; ++i) line += one[i] + std::string(widths[i] - width(one[i]) + 2, ' ');
        line.erase(line.find_last_not_of(' ') + 1);
        to << line << "\n";
    }
}

}  // namespace sluice::bench
