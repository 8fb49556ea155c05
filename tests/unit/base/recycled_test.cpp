#include "sluice/base/recycled.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <memory>
#include <set>
#include <thread>
#include <vector>

namespace sluice {
namespace {

struct thing_base {
    virtual ~thing_base() = default;
};
struct thing final : thing_base, recycled<thing> {
    std::array<char, 100> bytes{};
};
using things = std::vector<std::unique_ptr<thing_base>>;

std::set<const void*> make(things& into, std::size_t many)
{
    std::set<const void*> places;
    for (std::size_t i = 0; i < many; ++i) places.insert(into.emplace_back(std::make_unique<thing>()).get());
    return places;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recycled_memory)

BOOST_AUTO_TEST_CASE(objects_that_come_have_the_memory_of_those_that_went)
{
    things some;
    const auto before = make(some, 1000);
    BOOST_TEST(before.size() == 1000u);
    some.clear();
    const auto after = make(some, 1000);
    BOOST_TEST(after.size() == 1000u);
    if (!detail::sanitized) BOOST_TEST((after == before));
}

BOOST_AUTO_TEST_CASE(objects_that_are_there_share_no_memory_however_many_went)
{
    things some;
    for (int round = 0; round < 3; ++round) {
        BOOST_TEST(make(some, 10'000).size() == 10'000u);
        some.clear();
    }
}

BOOST_AUTO_TEST_CASE(an_object_may_go_on_another_thread_and_outlive_the_one_it_came_on)
{
    things some;
    std::thread{[&] { make(some, 10'000); }}.join();
    std::thread{[gone = std::move(some)]() mutable { gone.clear(); }}.join();
    BOOST_TEST(make(some, 10'000).size() == 10'000u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sluice
