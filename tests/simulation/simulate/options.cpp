#include "simulation/simulate/options.hpp"

#include "simulation/world/invariants.hpp"
#include "sluice/base/nearest.hpp"

#include <array>
#include <charconv>
#include <iomanip>
#include <iostream>
#include <vector>

namespace sluice::testing {
namespace {

const std::vector<std::string> flags{"--seeds", "--seed", "--trace", "--failures", "--no-shrink", "--help"};

void help()
{
    std::cout << R"(usage: ./dev simulate [--seeds N] [--seed S] [--trace]

Runs the real flow in several processes on a simulated broker, in virtual time. A seed decides what happens: how batches
are cut, rebalances, commits and sends that are refused, slow or lost, crashes, the order of ready work. Each history is
checked; of one that breaks an invariant the shortest that can be found is printed.

  --seeds N      how many (default: 1000, or 1 with --seed)
  --seed S       the first (default: 1)
  --trace        print whole histories
  --failures N   end after so many failing seeds (default: 1)
  --no-shrink    do not look for a shorter history

)";
    std::cout << "What must hold of each history:\n";
    for (const auto& one : all_invariants())
        std::cout << "  " << std::left << std::setw(5) << one.name << one.says << '\n';
}

std::uint64_t number(std::string_view flag, std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        throw bad_option{std::string{flag} + " takes a number, not `" + std::string{text} + '`'};
    return value;
}

}  // namespace

std::optional<simulate_options> parse_simulate_options(std::span<const char* const> arguments)
{
    simulate_options how;
    std::optional<std::uint64_t> seeds;
    bool one_seed = false;
    for (auto next = arguments.begin() + 1; next != arguments.end(); ++next) {
        std::string_view flag = *next;
        std::optional<std::string_view> given;
        if (const auto equals = flag.find('='); equals != flag.npos) {
            given = flag.substr(equals + 1);
            flag = flag.substr(0, equals);
        }
        const auto value = [&] {
            if (given) return number(flag, *given);
            if (++next == arguments.end()) throw bad_option{std::string{flag} + " takes a number"};
            return number(flag, *next);
        };
        if (flag == "--help" || flag == "-h") {
            help();
            return std::nullopt;
        } else if (flag == "--trace") {
            how.trace = true;
        } else if (flag == "--no-shrink") {
            how.shrink = false;
        } else if (flag == "--seeds") {
            seeds = value();
        } else if (flag == "--seed") {
            how.seed = value();
            one_seed = true;
        } else if (flag == "--failures") {
            how.failures = value();
        } else {
            throw bad_option{"unknown flag `" + std::string{flag} + '`' + did_you_mean(flag, flags) +
                             " (--help lists all)"};
        }
    }
    how.seeds = seeds.value_or(one_seed ? 1 : how.seeds);
    return how;
}

}  // namespace sluice::testing
