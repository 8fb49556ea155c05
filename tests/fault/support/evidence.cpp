#include "evidence.hpp"

#include "sluice/testing/temporary_folder.hpp"

#include <boost/test/results_collector.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <iostream>
#include <random>

std::uint64_t given(const char* name, std::uint64_t otherwise)
{
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

std::uint64_t seed_of_run()
{
    const auto seed = given("TEST_FAULT_SEED", std::random_device{}() % 1'000'000);
    std::cout << "seed " << seed << ": TEST_FAULT_SEED=" << seed << " runs the same plan again" << std::endl;
    return seed;
}

evidence::evidence() : path_{sluice::testing::make_temporary_folder("fault")}, throwing_{std::uncaught_exceptions()} {}

evidence::~evidence()
{
    const auto test = boost::unit_test::framework::current_test_case().p_id;
    if (std::uncaught_exceptions() == throwing_ && boost::unit_test::results_collector.results(test).passed() &&
        std::getenv("TEST_FAULT_KEEP") == nullptr) {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    } else {
        std::cout << "what the servers, the processes under test and the judge said is in " << path_.string()
                  << std::endl;
    }
}
