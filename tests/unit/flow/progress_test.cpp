#include "sluice/flow/progress.hpp"

#include "sluice/flow/ledger.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <random>
#include <string>
#include <vector>

using namespace sluice;

namespace {

using runs = std::vector<progress_run>;
using ms = std::chrono::milliseconds;
constexpr timestamp noon{ms{1'764'000'000'000}};
constexpr auto last_offset = std::numeric_limits<std::int64_t>::max();

}  // namespace

namespace boost::test_tools::tt_detail {
template <>
struct print_log_value<progress_run> {
    void operator()(std::ostream& out, const progress_run& one)
    {
        out << one.from << ".." << one.to << (one.finished ? " finished" : " open*") << one.failures << '@'
            << one.first_failure.time_since_epoch().count();
    }
};
}  // namespace boost::test_tools::tt_detail

BOOST_AUTO_TEST_SUITE(durable_progress)

BOOST_AUTO_TEST_CASE(progress_is_text_that_people_can_read)
{
    const runs said{{1041, 1042, false, 2}, {1042, 1054, true, 0}, {1054, 1057, false, 0}, {1057, 1064, true, 0}};
    BOOST_TEST(progress::to_text(1041, said) == "sluice/1 1041: -1*2 +12 -3 +7");
    BOOST_TEST(progress::from_text(1041, "sluice/1 1041: -1*2 +12 -3 +7") == said, boost::test_tools::per_element());
    BOOST_TEST(progress::to_text(7, {}) == "");
    BOOST_TEST(progress::to_text(7, runs{{7, 9, false, 0}}) == "");
    // What is only open at the end goes without saying.
    BOOST_TEST(progress::to_text(7, runs{{7, 9, false, 0}, {9, 10, true, 0}, {10, 30, false, 0}}) ==
               "sluice/1 7: -2 +1");
}

BOOST_AUTO_TEST_CASE(the_time_of_a_first_failure_is_told_once_and_the_others_from_there)
{
    const runs said{{7, 8, false, 2, noon},
                    {8, 20, true},
                    {20, 23, false, 1, noon + ms{1520}},
                    {23, 24, false, 1, noon - ms{30}},
                    {24, 25, false, 4},
                    {25, 26, false, 4, noon}};
    const std::string text{"sluice/1 7: -1*2@1764000000000 +12 -3*1@+1520 -1*1@-30 -1*4 -1*4@+0"};
    BOOST_TEST(progress::to_text(7, said) == text);
    BOOST_TEST(progress::from_text(7, text) == said, boost::test_tools::per_element());
    progress::reader reader{said};
    BOOST_TEST((reader.at(7).first_failure == noon));
    BOOST_TEST((reader.at(21).first_failure == noon + ms{1520}));
    BOOST_TEST((reader.at(24).first_failure == unknown_time));
    // A time of nonsense would spoil what else there is to say.
    BOOST_TEST(progress::to_text(7, runs{{7, 8, false, 2, timestamp::max()}, {8, 9, false, 1, timestamp{ms{-1}}}}) ==
               "sluice/1 7: -1*2 -1*1");
}

BOOST_AUTO_TEST_CASE(what_somebody_else_has_written_is_ignored)
{
    for (const std::string text : {"",
                                   "sluice/1",
                                   "sluice/1 ",
                                   "sluice/1 7",
                                   "sluice/2 7: +1",
                                   "Sluice/1 7: +1",
                                   "sluice/1 8: +1",
                                   "sluice/1 07: +1",
                                   "sluice/1 7: +0",
                                   "sluice/1 7: +-1",
                                   "sluice/1 7: ++1",
                                   "sluice/1 7: 1",
                                   "sluice/1 7: +",
                                   "sluice/1 7: +1 ",
                                   "sluice/1 7: +1  +1",
                                   "sluice/1 7: +1*2",
                                   "sluice/1 7: -1*0",
                                   "sluice/1 7: -1*-2",
                                   "sluice/1 7: -1*",
                                   "sluice/1 7: -1*2*3",
                                   "sluice/1 7: -1*99999999999",
                                   "sluice/1 7: -1*2147483647",
                                   "sluice/1 7: +9223372036854775807",
                                   "sluice/1 7: +99999999999999999999",
                                   "sluice/1 7: +1\n",
                                   "sluice/1 7:+1",
                                   "sluice/1 7: +1x",
                                   "sluice/1 7: +1@1764000000000",
                                   "sluice/1 7: -1@1764000000000",
                                   "sluice/1 7: -1*1@",
                                   "sluice/1 7: -1*1@0",
                                   "sluice/1 7: -1*1@+5",
                                   "sluice/1 7: -1*1@-5",
                                   "sluice/1 7: -1*1@9000000000001",
                                   "sluice/1 7: -1*1@99999999999999999999",
                                   "sluice/1 7: -1*1@5 -1*1@6",
                                   "sluice/1 7: -1*1@5 -1*1@-5",
                                   "sluice/1 7: -1*1@5 -1*1@+-1",
                                   "sluice/1 7: -1*1@5 -1*1@+9000000000000",
                                   "sluice/1 7: -1*1@5@6",
                                   "finished=9 attempts=8:2",
                                   "AAACAAEAAA==",
                                   "{\"offset\": 7}",
                                   "sluice/1 -7: +1"})
        BOOST_TEST(progress::from_text(7, text).empty(), text);
    BOOST_TEST(progress::from_text(7, std::string{"sluice/1 7: +1\0", 15}).empty());
    BOOST_TEST(progress::from_text(last_offset, "sluice/1 9223372036854775807: +1").empty());
    std::string long_one{"sluice/1 7:"};
    while (long_one.size() <= progress::longest) long_one += " +1";
    BOOST_TEST(progress::from_text(7, long_one).empty());
}

BOOST_AUTO_TEST_CASE(hostile_text_never_does_harm)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_CONTEXT("seed " << seed)
    {
        std::mt19937 random{seed};
        const std::string alphabet{"sluice/1 7:+-*@0123456789 \n\0\xff", 29};
        for (int run = 0; run < 20'000; ++run) {
            std::string text{run % 2 ? "sluice/1 7:" : ""};
            for (auto left = random() % 60; left > 0; --left) text += alphabet[random() % alphabet.size()];
            const auto said = progress::from_text(7, text);
            // Whatever it says is in order and of this partition's future.
            auto from = std::int64_t{7};
            for (const auto& one : said) {
                BOOST_REQUIRE(one.from == from);
                BOOST_REQUIRE(one.to > one.from);
                BOOST_REQUIRE(one.failures >= 0);
                from = one.to;
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_log_that_begins_below_the_commit_is_another_one)
{
    progress::reader reader{progress::from_text(7, "sluice/1 7: -1 +3")};
    BOOST_TEST(!reader.at(2).finished);
    BOOST_TEST(!reader.at(8).finished);
    BOOST_TEST(reader.done());
}

BOOST_AUTO_TEST_CASE(gaps_do_not_disturb_what_is_known)
{
    progress::reader reader{progress::from_text(7, "sluice/1 7: -1*4 +900 -1*2 +1")};
    BOOST_TEST(reader.at(7).failures == 4);
    BOOST_TEST(reader.at(907).finished);
    BOOST_TEST(reader.at(908).failures == 2);
    BOOST_TEST(!reader.at(1000).finished);
    BOOST_TEST(reader.done());
}

// A ledger in any state, with gaps, written and read again: everything that is read is true, and when it fits it is
// all.
BOOST_AUTO_TEST_CASE(what_is_read_again_is_what_the_ledger_knew)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_CONTEXT("seed " << seed)
    {
        std::mt19937 random{seed};
        std::size_t cut = 0, whole = 0;
        for (int run = 0; run < 300; ++run) {
            ledger known;
            struct record {
                std::int64_t offset;
                ledger::ticket ticket;
                bool finished = false;
                std::int32_t failures = 0;
                timestamp first_failure = unknown_time;
            };
            // Failures of one moment, of hours, or of which only some have a time.
            const auto spread = std::array{1U, 3'600'000U, 100U}[random() % 3];
            const bool timeless = random() % 4 == 0;
            const auto some_time = [&] {
                return timeless && random() % 2 ? unknown_time : noon + ms{random() % spread};
            };
            std::vector<record> all;
            const auto start = static_cast<std::int64_t>(random() % 3 ? random() % 100'000 : last_offset - 100'000);
            auto next = start;
            const auto count = run % 3 == 0 ? 4000 : 1 + random() % 200;
            const auto share = 1 + random() % 9;
            for (std::size_t i = 0; i < count; ++i) {
                const auto before = random() % 10 == 0 ? static_cast<std::int32_t>(random() % 3) : 0;
                const auto since = before > 0 ? some_time() : unknown_time;
                all.push_back({next, known.admit(next, before, since), false, before, since});
                next += 1 + (random() % 4 ? 0 : static_cast<std::int64_t>(random() % 20));
            }
            for (auto& one : all) {
                if (random() % 20 == 0) {
                    one.failures = 1 + static_cast<std::int32_t>(random() % 12);
                    if (one.first_failure == unknown_time) one.first_failure = some_time();
                    known.failed(one.ticket, one.failures, one.first_failure);
                }
            }
            std::vector<record*> order;
            for (auto& one : all) order.push_back(&one);
            std::ranges::shuffle(order, random);
            for (auto* one : order)
                if (random() % 10 < share) {
                    known.finish(one->ticket);
                    one->finished = true;
                }

            const auto from = known.committable().value();
            const auto text = progress::to_text(from, known.beyond());
            BOOST_REQUIRE(text.size() <= progress::longest);
            const auto read = progress::from_text(from, text);
            BOOST_REQUIRE(read.empty() == text.empty());
            std::string unbounded{"sluice/1 " + std::to_string(from) + ':'};
            auto since = unknown_time;
            for (const auto& one : known.beyond(100'000)) {
                unbounded += (one.finished ? " +" : " -") + std::to_string(one.to - one.from) +
                             (one.failures > 0 ? "*" + std::to_string(one.failures) : "");
                if (one.first_failure == unknown_time) continue;
                unbounded += (since == unknown_time || one.first_failure < since ? "@" : "@+") +
                             std::to_string((one.first_failure - since).count());
                if (since == unknown_time) since = one.first_failure;
            }
            BOOST_REQUIRE((known.plain() || known.length_at_most() >= unbounded.size()));
            const bool fits = known.length_at_most() <= progress::longest;
            (fits ? whole : cut) += 1;
            progress::reader reader{read};
            for (const auto& one : all) {
                if (one.offset < from) {
                    BOOST_REQUIRE(one.finished);
                    continue;
                }
                const auto said = reader.at(one.offset);
                BOOST_REQUIRE(!said.finished || one.finished);
                BOOST_REQUIRE((said.failures == 0 || (said.failures == one.failures && !one.finished)));
                BOOST_REQUIRE((said.failures == 0 || said.first_failure == one.first_failure));
                if (!fits) continue;
                BOOST_REQUIRE(said.finished == one.finished);
                BOOST_REQUIRE((one.finished || said.failures == one.failures));
            }
        }
        BOOST_TEST(cut > 0u);
        BOOST_TEST(whole > 0u);
    }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_left_out_from_the_far_end)
{
    runs many;
    for (std::int64_t at = 1'000'000; at < 1'010'000; at += 2) {
        many.push_back({at, at + 1, false, 3});
        many.push_back({at + 1, at + 2, true, 0});
    }
    const auto text = progress::to_text(1'000'000, many);
    BOOST_TEST(text.size() <= progress::longest);
    BOOST_TEST(text.size() + 5 > progress::longest);
    const auto read = progress::from_text(1'000'000, text);
    BOOST_REQUIRE(read.size() < many.size());
    many.resize(read.size());
    BOOST_TEST(read == many, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_text_that_is_cut_off_tells_the_same_times)
{
    runs many;
    for (std::int64_t at = 0; at < 2'000; ++at) many.push_back({at, at + 1, false, 3, noon + ms{7 * at}});
    const auto text = progress::to_text(0, many);
    BOOST_TEST(text.size() <= progress::longest);
    const auto read = progress::from_text(0, text);
    BOOST_REQUIRE(read.size() > 100u);
    BOOST_REQUIRE(read.size() < many.size());
    many.resize(read.size());
    BOOST_TEST(read == many, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(with_nothing_that_failed_the_bound_forgets_how_far_apart_failures_were)
{
    ledger known;
    known.admit(0);
    const auto second = known.admit(1);
    known.failed(second, 1, noon);
    const auto before = known.length_at_most();
    known.failed(second, 12, noon + std::chrono::hours{100'000});
    BOOST_TEST(known.length_at_most() > before);
    known.finish(second);
    known.failed(known.admit(2), 1, noon + std::chrono::hours{100'000});
    BOOST_TEST(known.length_at_most() <= before + 4);  // one run more
}

BOOST_AUTO_TEST_CASE(what_was_not_read_again_yet_is_still_known)
{
    progress::reader reader{progress::from_text(7, "sluice/1 7: -1 +3 -2*4 +5")};
    BOOST_TEST(reader.rest(7).size() == 4u);
    reader.at(7);
    reader.at(9);
    BOOST_TEST(reader.rest(10) == (runs{{10, 11, true, 0}, {11, 13, false, 4}, {13, 18, true, 0}}),
               boost::test_tools::per_element());
    BOOST_TEST(reader.rest(12) == (runs{{12, 13, false, 4}, {13, 18, true, 0}}), boost::test_tools::per_element());
    BOOST_TEST(reader.rest(18).empty());
}

BOOST_AUTO_TEST_CASE(a_flow_that_finishes_in_order_has_nothing_to_say)
{
    ledger known;
    for (std::int64_t offset = 0; offset < 100'000; offset += 1000) {
        const auto first = known.admit(offset), second = known.admit(offset + 1);
        BOOST_TEST(known.length_at_most() == 0u);
        BOOST_TEST(known.plain());
        known.finish(first);
        BOOST_TEST(known.plain());
        known.finish(second);
    }
}

BOOST_AUTO_TEST_CASE(failures_of_what_finished_are_forgotten)
{
    ledger known;
    const auto first = known.admit(5, 2), second = known.admit(6), third = known.admit(7);
    known.failed(second, 4);
    known.finish(second);
    BOOST_TEST(known.beyond() == (runs{{5, 6, false, 2}, {6, 7, true, 0}, {7, 8, false, 0}}),
               boost::test_tools::per_element());
    known.finish(first);
    BOOST_TEST(known.plain());
    BOOST_TEST(known.length_at_most() == 0u);
    known.failed(third, 1);
    BOOST_TEST(known.beyond() == (runs{{7, 8, false, 1}}), boost::test_tools::per_element());
    known.finish(third);
    BOOST_TEST(known.plain());
}

BOOST_AUTO_TEST_SUITE_END()
