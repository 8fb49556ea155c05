#include "sluice/flow/ledger.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <vector>

using sluice::ledger;

BOOST_AUTO_TEST_SUITE(ledger_of_finished_offsets)

BOOST_AUTO_TEST_CASE(nothing_is_committable_before_a_record_came)
{
    const ledger empty;
    BOOST_TEST(!empty.committable().has_value());
    BOOST_TEST(empty.idle());
}

BOOST_AUTO_TEST_CASE(a_record_that_runs_holds_the_commit_at_its_own_offset)
{
    ledger finished;
    finished.admit(41);
    BOOST_TEST(finished.committable().value() == 41);
}

BOOST_AUTO_TEST_CASE(what_finished_behind_an_unfinished_one_does_not_count)
{
    ledger finished;
    const auto first = finished.admit(10);
    const auto second = finished.admit(11);
    const auto third = finished.admit(12);
    finished.finish(third);
    BOOST_TEST(finished.committable().value() == 10);
    finished.finish(first);
    BOOST_TEST(finished.committable().value() == 11);
    finished.finish(second);
    BOOST_TEST(finished.committable().value() == 13);
    BOOST_TEST(finished.idle());
}

BOOST_AUTO_TEST_CASE(gaps_in_the_log_do_not_hold_anything_back)
{
    ledger finished;
    const auto first = finished.admit(5);
    const auto second = finished.admit(900);
    finished.finish(first);
    BOOST_TEST(finished.committable().value() == 900);
    finished.finish(second);
    BOOST_TEST(finished.committable().value() == 901);
}

// Against the plainest model there is: the smallest unfinished offset, else one past the last.
BOOST_AUTO_TEST_CASE(any_order_of_finishing_commits_what_the_model_says)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_CONTEXT("seed " << seed)
    {
        std::mt19937 random{seed};
        for (int run = 0; run < 200; ++run) {
            ledger finished;
            std::vector<std::pair<ledger::ticket, std::int64_t>> open;
            std::int64_t next = random() % 1000, end = -1;
            for (int step = 0; step < 400; ++step) {
                if (open.empty() || random() % 2) {
                    open.emplace_back(finished.admit(next), next);
                    end = next + 1;
                    next = end + (random() % 4 ? 0 : random() % 50);
                } else {
                    const auto which = open.begin() + random() % open.size();
                    finished.finish(which->first);
                    open.erase(which);
                }
                auto expected = end;
                for (const auto& [ticket, offset] : open) expected = std::min(expected, offset);
                BOOST_REQUIRE(finished.committable().value() == expected);
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
