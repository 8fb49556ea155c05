#include "rules.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>

namespace {

namespace fs = std::filesystem;

const auto root = (fs::path{__FILE__}.parent_path() / "../../..").lexically_normal();

std::vector<std::string> lines_of(const fs::path& file)
{
    std::vector<std::string> lines;
    std::ifstream text{file};
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
}

std::vector<std::vector<std::string>> code_blocks(const fs::path& page)
{
    std::vector<std::vector<std::string>> blocks;
    bool inside = false;
    for (const auto& line : lines_of(page)) {
        if (line.starts_with("```")) {
            inside = line == "```cpp";
            if (inside) blocks.emplace_back();
        } else if (inside) {
            blocks.back().push_back(line);
        }
    }
    return blocks;
}

std::vector<fs::path> pages()
{
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator{root})
        if (entry.path().extension() == ".md") all.push_back(entry.path());
    for (const auto& entry : fs::recursive_directory_iterator{root / "docs"})
        if (entry.path().extension() == ".md") all.push_back(entry.path());
    return all;
}

bool compiled(const std::vector<std::string>& block, const std::vector<house::source>& sources)
{
    return std::ranges::any_of(
        sources, [&](const house::source& file) { return !std::ranges::search(file.lines, block).empty(); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_the_documentation_shows_is_code_that_is_compiled)
{
    auto sources = house::sources(root, "docs/examples");
    for (const auto* folder : {"apps", "tests"})
        std::ranges::move(house::sources(root, folder), std::back_inserter(sources));
    std::size_t blocks = 0;
    for (const auto& page : pages())
        for (const auto& block : code_blocks(page)) {
            ++blocks;
            BOOST_TEST(compiled(block, sources), page.string() << " shows code that is nowhere: " << block.front());
        }
    BOOST_TEST(blocks > 0U);
    BOOST_TEST(!compiled({"int main() { return nowhere; }"}, sources));
}

BOOST_AUTO_TEST_CASE(links_of_the_documentation_lead_somewhere)
{
    for (const auto& page : pages())
        for (const auto& line : lines_of(page))
            for (auto at = line.find("]("); at != std::string::npos; at = line.find("](", at + 1)) {
                const auto target = line.substr(at + 2, line.find(')', at) - at - 2);
                if (target.starts_with("http") || target.starts_with("#")) continue;
                const auto file = page.parent_path() / target.substr(0, target.find('#'));
                BOOST_TEST(fs::exists(file), page.string() << " links to " << target);
            }
}
