#include "orders/demo_tally.hpp"

#include <boost/test/unit_test.hpp>

using namespace orders;
using namespace std::chrono_literals;

namespace {

constexpr sluice::time_point start{1h};

}  // namespace

BOOST_AUTO_TEST_CASE(every_accepted_order_is_in_flight_until_it_is_seen_at_an_end)
{
    demo_tally books;
    books.accept("a", start);
    books.accept("b", start);
    books.accept("c", start);
    BOOST_TEST(books.in_flight() == 3u);
    books.settle("a", outcome::reserved, start + 1ms);
    books.settle("b", outcome::rejected, start + 1ms);
    BOOST_TEST(books.in_flight() == 1u);
    books.settle("c", outcome::dead_lettered, start + 1ms);
    BOOST_TEST(books.in_flight() == 0u);
    BOOST_TEST(books.accepted() == 3u);
    BOOST_TEST(books.count(outcome::reserved) == 1u);
    BOOST_TEST(books.count(outcome::rejected) == 1u);
    BOOST_TEST(books.count(outcome::dead_lettered) == 1u);
}

BOOST_AUTO_TEST_CASE(an_end_may_come_before_the_answer_and_twice)
{
    demo_tally books;
    books.settle("a", outcome::reserved, start + 2ms);
    BOOST_TEST(books.count(outcome::reserved) == 0u);
    books.accept("a", start);
    books.settle("a", outcome::reserved, start + 9ms);
    BOOST_TEST(books.count(outcome::reserved) == 1u);
    BOOST_TEST(books.in_flight() == 0u);
    BOOST_TEST((books.to_reserved().at(0.5) >= 2ms && books.to_reserved().at(0.5) <= 2200us));
}

BOOST_AUTO_TEST_CASE(orders_of_others_do_not_count)
{
    demo_tally books;
    books.settle("somebody's", outcome::reserved, start);
    books.accept("a", start);
    BOOST_TEST(books.in_flight() == 1u);
    BOOST_TEST(books.count(outcome::reserved) == 0u);
}

BOOST_AUTO_TEST_CASE(latencies_are_right_within_their_buckets)
{
    latencies spans;
    BOOST_TEST((spans.at(0.99) == sluice::duration::zero()));
    for (int ms = 1; ms <= 100; ++ms) spans.add(std::chrono::milliseconds{ms});
    BOOST_TEST((spans.at(0.5) >= 50ms && spans.at(0.5) <= 53ms));
    BOOST_TEST((spans.at(0.99) >= 99ms && spans.at(0.99) <= 104ms));
    spans.add(0ms);
    spans.add(100h);
    BOOST_TEST((spans.at(1) > 1h));
}
