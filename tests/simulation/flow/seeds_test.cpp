#include "simulation/flow/world.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <ranges>
#include <string>

namespace sluice::testing {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t usual = 300;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::uint64_t usual = 300;
#else
constexpr std::uint64_t usual = 2000;
#endif
#else
constexpr std::uint64_t usual = 2000;
#endif

std::optional<std::uint64_t> number_from(const char* variable)
{
    const char* text = std::getenv(variable);
    return text ? std::optional{std::stoull(text)} : std::nullopt;
}

}  // namespace

// SLUICE_SEED runs one seed again, SLUICE_SEEDS says how many are tried.
BOOST_AUTO_TEST_CASE(the_invariants_hold_whatever_the_seed_decides)
{
    const auto only = number_from("SLUICE_SEED");
    const auto first = only.value_or(1);
    const auto count = only ? 1 : number_from("SLUICE_SEEDS").value_or(usual);
    run_report sum;
    std::size_t failed = 0;
    for (auto seed = first; seed < first + count && failed < 3; ++seed) {
        const auto seen = run_world(seed);
        sum.records += seen.records;
        sum.handled += seen.handled;
        sum.dead_lettered += seen.dead_lettered;
        sum.rebalances += seen.rebalances;
        sum.deaths += seen.deaths;
        if (seen.broken.empty()) continue;
        ++failed;
        std::string broken;
        for (const auto& one : seen.broken | std::views::take(5)) broken += "  " + one + '\n';
        BOOST_ERROR("seed " << seed << " (" << seen.description << ") breaks\n"
                            << broken << "Its history until then:\n"
                            << seen.tail << "Again: SLUICE_SEED=" << seed
                            << " test-simulation-flow --run_test=the_invariants_hold_whatever_the_seed_decides");
    }
    BOOST_TEST_MESSAGE(count << " seeds: " << sum.records << " records, handled " << sum.handled
                             << " times, dead-lettered " << sum.dead_lettered << ", partitions assigned "
                             << sum.rebalances << " times, processes killed " << sum.deaths);
    // Trouble that never happens proves nothing.
    if (!only && count >= 100) {
        BOOST_TEST(sum.dead_lettered > count);
        BOOST_TEST(sum.rebalances > 5 * count);
        BOOST_TEST(sum.deaths > count / 2);
    }
}

}  // namespace sluice::testing
