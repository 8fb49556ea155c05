// sluice-bench: each figure beside its baselines, on a Kafka of its own.
#include "contest.hpp"
#include "json_lines.hpp"
#include "options.hpp"
#include "plot.hpp"
#include "stage.hpp"
#include "table.hpp"

#include "figures/figures.hpp"
#include "sluice/base/nearest.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>

namespace {

using namespace sluice::bench;

std::vector<figure> chosen(std::vector<figure> all, const std::vector<std::string>& names)
{
    std::vector<std::string> known;
    for (const auto& each : all)
        for (auto end = each.name.find('-');; end = each.name.find('-', end + 1)) {
            known.push_back(each.name.substr(0, end));
            if (end == std::string::npos) break;
        }
    for (const auto& name : names)
        if (std::ranges::none_of(known, [&](const auto& one) { return one.starts_with(name); }))
            throw usage_error{"no figure " + name + sluice::did_you_mean(name, known)};
    const auto unwanted = [&](const figure& one) {
        return !names.empty() &&
               std::ranges::none_of(names, [&](const auto& name) { return one.name.starts_with(name); });
    };
    std::erase_if(all, unwanted);
    return all;
}

void list(const std::vector<figure>& all)
{
    for (const auto& each : all) std::cout << each.name << "\n    " << each.title << "\n";
}

/// What is going on, on one line of a terminal.
void tell(const figure& what, int round, int rounds, const variant& which)
{
    if (isatty(STDERR_FILENO) == 0) return;
    std::cerr << "\r\033[K" << what.name << "  " << (round == 0 ? "warm-up" : "round " + std::to_string(round)) << "/"
              << rounds << "  " << which.name << std::flush;
}

void clear_line()
{
    if (isatty(STDERR_FILENO) != 0) std::cerr << "\r\033[K" << std::flush;
}

void write(const std::filesystem::path& file, const std::string& text)
{
    std::ofstream out{file};
    out << text;
    out.close();
    if (!out) throw std::runtime_error{"cannot write " + file.string()};
}

int run(const options& given)
{
    const auto figures = chosen(all_figures(), given.names);
    if (given.list) {
        list(figures);
        return 0;
    }
    const auto programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    stage kafka{{.folder = std::filesystem::absolute(given.folder) / "kafka",
                 .jars = given.jars,
                 .programs = programs,
                 .bootstrap = given.bootstrap}};
    std::vector<verdict> verdicts;
    std::string lines;
    std::size_t failed = 0;
    for (const auto& each : figures) {
        try {
            kafka.prepare(each.data);
            const arena where{programs.string(), kafka.bootstrap(), tell};
            const auto rounds = contest(each, where, given.rounds);
            clear_line();
            const auto over = judge(each, rounds);
            print_table(std::cout, over);
            std::cout << std::endl;
            for (const auto& one : over) lines += json_line(one) + "\n";
            verdicts.insert(verdicts.end(), over.begin(), over.end());
        } catch (const variant_failed& failure) {
            clear_line();
            std::cerr << failure.what() << "\n";
            ++failed;
        }
        if (!given.json.empty()) write(given.json, lines);
    }
    if (verdicts.size() > 1) print_table(std::cout, verdicts);
    if (!given.plot.empty()) write(given.plot, plot(verdicts));
    const auto met = std::ranges::count(verdicts, true, &verdict::met);
    std::cout << met << " of " << verdicts.size() << " bars met";
    if (failed > 0) std::cout << ", " << failed << " figures failed";
    std::cout << "\n";
    if (failed > 0) return 1;
    return static_cast<std::size_t>(met) == verdicts.size() ? 0 : 3;
}

}  // namespace

int main(int argc, char** argv)
try {
    const auto given = read_options(argc, argv);
    if (given.help) {
        std::cout << help_text();
        return 0;
    }
    return run(given);
} catch (const usage_error& wrong) {
    std::cerr << "sluice-bench: " << wrong.what() << " (--help tells more)\n";
    return 2;
} catch (const std::exception& error) {
    std::cerr << "sluice-bench: " << error.what() << "\n";
    return 1;
}
