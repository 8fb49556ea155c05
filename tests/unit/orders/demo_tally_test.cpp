#include "orders/demo_tally.hpp"
#include "orders/demo_table.hpp"

#include <boost/test/unit_test.hpp>

using namespace orders;
using namespace std::chrono_literals;
using sluice::money;

namespace {

constexpr sluice::time_point start{1h};

// An order that was accepted and seen at these.
void walk(demo_tally& books, const std::string& id, std::initializer_list<step> way)
{
    books.accept(id, start);
    for (const auto each : way) books.see(id, each, start + 1ms);
}

demo_tally three_orders()
{
    demo_tally books;
    walk(books, "a", {step::placed, step::reserved, step::emailed, step::paid});
    books.capture("a", money::of_minor(1999), 2);
    walk(books, "b", {step::placed, step::reserved, step::emailed, step::declined, step::released});
    walk(books, "c", {step::placed, step::emailed, step::rejected});
    return books;
}

constexpr demo_sums as_it_should_be{money::of_minor(1999), money::of_minor(1999), 2, 2};

}  // namespace

BOOST_AUTO_TEST_CASE(every_accepted_order_is_in_flight_until_it_is_seen_at_an_end)
{
    demo_tally books;
    const step ends[] = {step::rejected, step::paid, step::released, step::dead_lettered};
    for (const auto* id : {"a", "b", "c", "d", "e"}) books.accept(id, start);
    std::uint64_t left = 5;
    for (char id = 'a'; const auto end : ends) {
        const std::string order(1, id++);
        books.see(order, step::reserved, start);
        books.see(order, step::declined, start);
        BOOST_TEST(books.in_flight() == left);
        books.see(order, end, start + 1ms);
        BOOST_TEST(books.in_flight() == --left);
        BOOST_TEST(books.count(end) == 1u);
    }
    BOOST_TEST(books.accepted() == 5u);
    BOOST_TEST(books.unconfirmed() == 4u);
    BOOST_TEST(books.accepted_orders().size() == 4u);
    books.see("a", step::emailed, start);
    BOOST_TEST(books.unconfirmed() == 3u);
    BOOST_TEST(books.contradictions() == 0u);
}

BOOST_AUTO_TEST_CASE(steps_may_come_before_the_answer_and_twice)
{
    demo_tally books;
    books.see("a", step::paid, start + 2ms);
    books.see("a", step::emailed, start + 2ms);
    BOOST_TEST(books.count(step::paid) == 0u);
    books.accept("a", start);
    books.see("a", step::paid, start + 9ms);
    books.accept("a", start + 1ms);
    BOOST_TEST(books.count(step::paid) == 1u);
    BOOST_TEST(books.in_flight() == 0u);
    BOOST_TEST(books.unconfirmed() == 0u);
    BOOST_TEST((books.to_paid().at(0.5) >= 2ms && books.to_paid().at(0.5) <= 2200us));
}

BOOST_AUTO_TEST_CASE(orders_of_others_are_revenue_but_none_of_ours)
{
    demo_tally books;
    books.see("somebody's", step::paid, start);
    books.capture("somebody's", money::of_minor(100), 3);
    books.capture("somebody's", money::of_minor(100), 3);
    books.accept("a", start);
    BOOST_TEST(books.in_flight() == 1u);
    BOOST_TEST(books.count(step::paid) == 0u);
    BOOST_TEST(books.revenue().minor() == 100);
    BOOST_TEST(books.units() == 3);
}

BOOST_AUTO_TEST_CASE(an_order_at_two_ends_is_a_contradiction)
{
    demo_tally books;
    walk(books, "a", {step::paid, step::paid, step::released, step::rejected});
    BOOST_TEST(books.contradictions() == 1u);
    BOOST_TEST(books.in_flight() == 0u);
}

BOOST_AUTO_TEST_CASE(the_verdict_is_fine_only_if_all_books_say_the_same_to_the_cent)
{
    const auto fine = judge(three_orders(), as_it_should_be, 0);
    BOOST_TEST(fine.ok);
    BOOST_TEST(fine.lost == 0u);
    BOOST_TEST(sluice::to_json(fine).starts_with(R"({"accepted":3,"refused":0,"rejected":1,"paid":1,"released":1,)"));
    const demo_sums wrong[] = {{money::of_minor(1998), money::of_minor(1999), 2, 2},
                               {money::of_minor(1999), money::of_minor(2000), 2, 2},
                               {money::of_minor(1999), money::of_minor(1999), 1, 2},
                               {money::of_minor(1999), money::of_minor(1999), 2, 3}};
    for (const auto& sums : wrong) BOOST_TEST(!judge(three_orders(), sums, 0).ok);
    BOOST_TEST(!judge(three_orders(), as_it_should_be, 1).ok);
    BOOST_TEST(!judge(demo_tally{}, {}, 0).ok);
    auto lost = three_orders();
    walk(lost, "d", {step::placed, step::reserved, step::emailed});
    BOOST_TEST(judge(lost, as_it_should_be, 0).lost == 1u);
    BOOST_TEST(!judge(lost, as_it_should_be, 0).ok);
    auto unconfirmed = three_orders();
    walk(unconfirmed, "d", {step::placed, step::rejected});
    BOOST_TEST(!judge(unconfirmed, as_it_should_be, 0).ok);
    auto contradicted = three_orders();
    contradicted.see("c", step::released, start);
    BOOST_TEST(!judge(contradicted, as_it_should_be, 0).ok);
}

BOOST_AUTO_TEST_CASE(a_table_is_drawn_over_the_one_before)
{
    const demo_view view{
        .phase = "1 s, placing orders", .revenue = money::of_minor(1999), .lags = {{"a", 3}, {"b", 0}}};
    const auto first = table(three_orders(), view, false), second = table(three_orders(), view, true);
    const auto lines = std::count(first.begin(), first.end(), '\n') + 1;
    BOOST_TEST(second == "\x1b[" + std::to_string(lines) + "A" + first);
    BOOST_TEST(first.find("19.99 of 19.99 captured") != first.npos, first);
    BOOST_TEST(line(three_orders(), view).find("lag: a 3, b 0") != std::string::npos);
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
