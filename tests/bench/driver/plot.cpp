#include "plot.hpp"

#include "words.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace sluice::bench {
namespace {

constexpr int names = 380, bars = 420, words = 200, line = 26, head = 40;
constexpr double most = 2;  // of what was promised: what is better still is cut there

// How well it keeps its promise; 1: just so.
double mark(const verdict& one)
{
    if (one.bar.bound == 0 || one.compared <= 0) return one.met ? most : 0;
    return one.bar.which == bar::side::at_least ? one.compared / one.bar.bound : one.bar.bound / one.compared;
}

std::string escaped(const std::string& text)
{
    std::string out;
    for (const char c : text) out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
    return out;
}

}  // namespace

std::string plot(std::span<const verdict> all)
{
    const int height = head + line * static_cast<int>(all.size()) + 10;
    const int promised = names + static_cast<int>(bars / most);
    auto out = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
        "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n"
        "<text x=\"{2}\" y=\"24\" text-anchor=\"middle\" fill=\"#444444\">what is promised</text>\n",
        names + bars + words, height, promised);
    int y = head;
    for (const auto& one : all) {
        const int length = static_cast<int>(bars / most * std::min(mark(one), most));
        out += fmt::format(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#222222\">{}</text>\n"
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n"
            "<text x=\"{}\" y=\"{}\" fill=\"#222222\">{} ({})</text>\n",
            names - 8, y + 15, escaped(one.name), names, y + 3, length, line - 8, one.met ? "#3b7dbf" : "#c8553d",
            names + length + 6, y + 15, escaped(compared_words(one)), escaped(words_of(one.bar)));
        y += line;
    }
    out += fmt::format(
        "<line x1=\"{0}\" y1=\"{1}\" x2=\"{0}\" y2=\"{2}\" stroke=\"#444444\" "
        "stroke-dasharray=\"4 3\"/>\n</svg>\n",
        promised, head - 6, height - 6);
    return out;
}

}  // namespace sluice::bench
