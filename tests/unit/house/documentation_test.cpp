#include "rules.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <regex>

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

// `a_name_of_many_words` in backticks.
std::vector<std::string> named_tests(const fs::path& page)
{
    static const std::regex name{"`([a-z0-9]+(?:_[a-z0-9]+){3,})`"};
    std::vector<std::string> names;
    for (const auto& line : lines_of(page))
        for (std::sregex_iterator each{line.begin(), line.end(), name}, end; each != end; ++each)
            names.push_back((*each)[1]);
    return names;
}

bool is_test(const std::string& name, const std::vector<house::source>& sources)
{
    const auto begins = [&](const std::string& line) {
        const auto at = line.find("TEST_CASE(" + name);
        return at != line.npos && line.find_first_of(",)", at) == at + 10 + name.size();
    };
    return std::ranges::any_of(sources, [&](const auto& file) { return std::ranges::any_of(file.lines, begins); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(tests_that_the_documentation_names_are_there)
{
    const auto sources = house::sources(root, "tests");
    std::size_t names = 0;
    for (const auto& page : pages())
        for (const auto& name : named_tests(page)) {
            ++names;
            BOOST_TEST(is_test(name, sources), page.string() << " names a test that is nowhere: " << name);
        }
    BOOST_TEST(names > 0U);
    BOOST_TEST(!is_test("tests_that_the_documentation_names", sources));
}

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
