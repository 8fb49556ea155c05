#include "simulation/world/world.hpp"

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

}  // namespace

// SLUICE_SEEDS says how many are tried; `./dev simulate` tells more.
BOOST_AUTO_TEST_CASE(the_invariants_hold_whatever_the_seed_decides)
{
    const auto* const text = std::getenv("SLUICE_SEEDS");
    const auto count = text ? std::stoull(text) : usual;
    std::size_t failed = 0;
    for (std::uint64_t seed = 1; seed <= count && failed < 3; ++seed) {
        const auto seen = run_world(seed);
        if (seen.broken.empty()) continue;
        ++failed;
        std::string broken;
        for (const auto& one : seen.broken | std::views::take(5))
            broken.append("  ").append(one.name).append(": ").append(one.how) += '\n';
        BOOST_ERROR("seed " << seed << " (" << seen.description << ") breaks\n"
                            << broken << "Its history, and a shorter one: ./dev simulate --seed " << seed);
    }
}

BOOST_AUTO_TEST_CASE(a_seed_means_the_same_run_again_and_what_is_overruled_does_not_happen)
{
    const auto once = run_world(7);
    const auto twice = run_world(7);
    BOOST_TEST(once.history.size() == twice.history.size());
    BOOST_TEST((once.taken == twice.taken));
    const std::set<decision> all{once.taken.begin(), once.taken.end()};
    const auto without = run_world(7, all);
    BOOST_TEST(once.taken.size() > without.taken.size());
    for (const auto& one : without.taken) BOOST_TEST(!all.contains(one));
}

}  // namespace sluice::testing
