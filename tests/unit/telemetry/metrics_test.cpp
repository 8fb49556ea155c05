#include "sluice/telemetry/metrics.hpp"

#include <boost/test/unit_test.hpp>

namespace {

BOOST_AUTO_TEST_SUITE(metrics)

BOOST_AUTO_TEST_CASE(the_same_name_and_labels_are_the_same_metric)
{
    sluice::metrics numbers;
    auto& first = numbers.counter("records_total", "Records.", {{"role", "inventory"}});
    auto& again = numbers.counter("records_total", "Records.", {{"role", "inventory"}});
    auto& other = numbers.counter("records_total", "Records.", {{"role", "payment"}});
    BOOST_TEST(&first == &again);
    BOOST_TEST(&first != &other);
}

BOOST_AUTO_TEST_CASE(a_greatest_gauge_shows_the_greatest_of_what_its_holders_hold)
{
    sluice::metrics numbers;
    auto& one = numbers.greatest("longest_seconds", "Longest.", {{"group", "g"}});
    auto& again = numbers.greatest("longest_seconds", "Longest.", {{"group", "g"}});
    const auto shown = [&] { return numbers.gauge("longest_seconds", "Longest.", {{"group", "g"}}).Value(); };
    BOOST_TEST(&one == &again);
    one.change(0, 3);
    again.change(0, 5);
    BOOST_TEST(shown() == 5);
    one.change(3, 4);
    BOOST_TEST(shown() == 5);
    again.change(5, 0);
    BOOST_TEST(shown() == 4);
    one.change(4, 0);
    BOOST_TEST(shown() == 0);
}

BOOST_AUTO_TEST_CASE(the_text_is_what_prometheus_scrapes)
{
    sluice::metrics numbers;
    numbers.counter("records_total", "Records.", {{"role", "a\"b"}}).Increment(3);
    numbers.gauge("lag", "Behind.").Set(-2);
    numbers.histogram("seconds", "How long.", {}, {0.1, 1.0}).Observe(0.5);
    const std::string text = numbers.text();
    for (const std::string_view line :
         {"# HELP records_total Records.\n", "# TYPE records_total counter\n", "records_total{role=\"a\\\"b\"} 3\n",
          "# TYPE lag gauge\n", "lag -2\n", "seconds_bucket{le=\"0.1\"} 0\n", "seconds_bucket{le=\"1\"} 1\n",
          "seconds_bucket{le=\"+Inf\"} 1\n", "seconds_count 1\n", "seconds_sum 0.5\n"})
        BOOST_TEST(text.find(line) != text.npos, line << " is not in\n" << text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
