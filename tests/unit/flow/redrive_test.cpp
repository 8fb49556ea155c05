#include "sluice/flow/redrive.hpp"

#include "sluice/flow/dead_letter.hpp"
#include "sluice/flow/origin.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <set>

using namespace sluice;
using namespace std::string_literals;

namespace {

const record failing = record::make({"order.placed", 3}, 258, "customer", "\xff\0 any bytes"s,
                                    {{"traceparent", "00-ab"}, {"error", "mine"}, {"empty", std::nullopt}},
                                    timestamp{std::chrono::milliseconds{1'000}});
const obituary why{.group = "billing", .handler = "bill", .error_class = "permanent", .error_type = "x", .error = "no"};

record as_read(const outgoing& what, std::int64_t offset = 0)
{
    return record::make({what.topic, what.partition.value_or(0)}, offset, what.key, what.value, what.headers);
}

redrive_ledger ledger_at(std::int64_t committed, std::string metadata = {})
{
    return {0, position{{"t.g.dlt", 1}, committed, std::move(metadata)}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(redrives)

BOOST_AUTO_TEST_CASE(the_record_comes_out_as_it_went_in)
{
    const auto letter = as_read(make_dead_letter(failing, why, 12));
    const auto again = make_redrive(letter, provenance_of(letter), {"order.placed", 12, true});
    const headers expected{{"traceparent", "00-ab"},
                           {"error", "mine"},
                           {"empty", std::nullopt},
                           {"sluice-id", "order.placed/3/258"},
                           {"sluice-redrives", "1"}};
    BOOST_TEST(again.topic == "order.placed");
    BOOST_TEST((again.key == "customer"));
    BOOST_TEST((again.value == "\xff\0 any bytes"s));
    BOOST_TEST(again.partition.value() == 3);
    BOOST_TEST((again.headers == expected));
}

BOOST_AUTO_TEST_CASE(for_the_group_alone_it_says_where_it_came_from_and_dies_again_as_of_there)
{
    const auto letter = as_read(make_dead_letter(failing, why, 12));
    const auto again = make_redrive(letter, provenance_of(letter), {retry_topic("order.placed", "billing", {}), 12});
    BOOST_TEST((origin_of(as_read(again), "billing") == origin_of(failing, "billing")));

    const auto second = as_read(make_dead_letter(as_read(again), why, 12));
    auto expected = provenance_of(letter);
    expected.redrives = 1;
    BOOST_TEST((provenance_of(second) == expected));
    BOOST_TEST(second.topic() == letter.topic());
    const auto third = make_redrive(second, provenance_of(second), {"order.placed", 12, true});
    BOOST_TEST((std::ranges::find(third.headers, header{"sluice-redrives", "2"}) != third.headers.end()));
}

BOOST_AUTO_TEST_CASE(a_deadline_that_has_passed_does_not_kill_it_again)
{
    const auto late = record::make({"t", 0}, 1, "k", "v", {{"sluice-deadline", "1"}});
    const auto letter = as_read(make_dead_letter(late, why, 1));
    const auto again = make_redrive(letter, provenance_of(letter), {"t", 1, true});
    BOOST_TEST(std::ranges::count(again.headers, "sluice-deadline", &header::name) == 0);
}

BOOST_AUTO_TEST_CASE(a_letter_of_others_loses_what_its_maker_added_and_nothing_else)
{
    const auto letter = record::make({"dlq", 0}, 77, "k", "v",
                                     {{"tenant", "a"},
                                      {"__connect.errors.topic", "orders"},
                                      {"__connect.errors.partition", "20"},
                                      {"__connect.errors.offset", "5"},
                                      {"dead-letter-topic", "older"}});
    const auto again = make_redrive(letter, provenance_of(letter), {"orders", 12, true});
    const headers expected{
        {"tenant", "a"}, {"dead-letter-topic", "older"}, {"sluice-id", "orders/20/5"}, {"sluice-redrives", "1"}};
    BOOST_TEST((again.headers == expected));
    BOOST_TEST(!again.partition.has_value());  // the topic does not have it: the key chooses
    const auto nameless = record::make({"dlq", 0}, 77, "k", "v", {{"dead-letter-reason", "x"}});
    BOOST_TEST(
        (make_redrive(nameless, provenance_of(nameless), {"orders", 12, true}).headers.front().value == "dlq/0/77"));
}

BOOST_AUTO_TEST_CASE(a_count_of_redrives_that_cannot_grow_stays)
{
    const auto letter = record::make({"dlq", 0}, 1, "k", "v", {{"sluice-redrives", "2147483647"}});
    const auto again = make_redrive(letter, provenance_of(letter), {"t", 1, true});
    BOOST_TEST((again.headers.back().value == "2147483647"));
}

BOOST_AUTO_TEST_CASE(the_group_is_believed_only_where_the_topics_name_agrees)
{
    const auto letter = make_dead_letter(failing, why, 12);
    BOOST_TEST((redrive_group(as_read(letter), provenance_of(as_read(letter))) == "billing"));
    auto moved = letter;
    moved.topic = "other.billing.dlt";
    BOOST_TEST(!redrive_group(as_read(moved), provenance_of(as_read(moved))).has_value());
    const auto foreign = record::make({"t.g.dlt", 0}, 0, "k", "v",
                                      {{"kafka_dlt-original-topic", "t"}, {"kafka_dlt-original-consumer-group", "g"}});
    BOOST_TEST(!redrive_group(foreign, provenance_of(foreign)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(redrive_ledgers)

BOOST_AUTO_TEST_CASE(letters_passed_over_hold_the_commit_back_and_those_redriven_beyond_are_remembered)
{
    auto first = ledger_at(100);
    for (std::int64_t offset = 100; offset < 110; ++offset) {
        BOOST_TEST(!first.meet(offset));
        if (offset != 102 && offset != 107) first.finish(offset);
    }
    const auto standing = first.standing();
    BOOST_TEST(standing.offset == 102);
    BOOST_TEST(standing.metadata == "sluice/1 102: -1 +4 -1 +2");

    auto second = ledger_at(standing.offset, standing.metadata);
    BOOST_TEST(second.start() == 102);
    for (std::int64_t offset = 102; offset < 112; ++offset) {
        BOOST_TEST_CONTEXT(offset)
        BOOST_TEST(second.meet(offset) == (offset != 102 && offset != 107 && offset < 110));
    }
}

BOOST_AUTO_TEST_CASE(what_was_known_of_letters_not_yet_read_again_is_kept)
{
    auto second = ledger_at(102, "sluice/1 102: -1 +4 -1 +2");
    BOOST_TEST(!second.meet(102));
    second.finish(102);
    BOOST_TEST(second.standing().offset == 107);
    BOOST_TEST(second.standing().metadata == "sluice/1 107: -1 +2");
}

BOOST_AUTO_TEST_CASE(gaps_in_the_log_are_no_letters)
{
    auto one = ledger_at(position::stored);
    BOOST_TEST(one.start() == 0);
    for (const std::int64_t offset : {5, 6, 9}) {
        one.meet(offset);
        one.finish(offset);
    }
    BOOST_TEST(one.standing().offset == 10);
    BOOST_TEST(one.standing().metadata == "");
}

BOOST_AUTO_TEST_CASE(a_log_that_was_trimmed_beyond_the_commit_goes_on_at_what_is_left)
{
    redrive_ledger one{105, position{{"t", 0}, 100, "sluice/1 100: -1 +3 -4 +2"}};
    BOOST_TEST(one.start() == 105);
    BOOST_TEST(!one.meet(105));
    BOOST_TEST(one.meet(108));
    redrive_ledger touching{102, position{{"t", 0}, 100, "sluice/1 100: -1 +3 -4 +2"}};
    BOOST_TEST(touching.start() == 104);
}

BOOST_AUTO_TEST_CASE(foreign_metadata_is_ignored)
{
    BOOST_TEST(ledger_at(7, "by hand").start() == 7);
    BOOST_TEST(!ledger_at(7, "sluice/1 6: -1 +9").meet(7));
}

BOOST_AUTO_TEST_CASE(it_says_when_the_metadata_is_full_and_never_loses_what_was_redriven)
{
    auto one = ledger_at(0);
    std::set<std::int64_t> redriven;
    std::int64_t offset = 0;
    one.meet(offset++);  // passed over, so that all of it has to be noted
    for (; one.meet(offset), one.has_room_for(offset, 0); offset += 2) {
        one.finish(offset);
        redriven.insert(offset);
        one.meet(offset + 1);
    }
    BOOST_TEST(redriven.size() > 400U);
    const auto standing = one.standing();
    BOOST_TEST(standing.metadata.size() <= 3072U);
    auto again = ledger_at(standing.offset, standing.metadata);
    for (auto at = standing.offset; at < offset; ++at) BOOST_REQUIRE(again.meet(at) == redriven.contains(at));
    BOOST_TEST(one.has_room_for(standing.offset, 0));  // the oldest: it makes the text shorter
    BOOST_TEST(!one.has_room_for(standing.offset, 1));
    BOOST_TEST(ledger_at(0).has_room_for(5, 70));
    BOOST_TEST(!ledger_at(0).has_room_for(5, 80));
}

BOOST_AUTO_TEST_CASE(random_runs_cut_anywhere_redrive_each_letter_once)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_CONTEXT("seed " << seed)
    {
        std::mt19937 random{seed};
        for (int world = 0; world < 300; ++world) {
            std::vector<std::int64_t> log;
            for (std::int64_t offset = 0; log.size() < 60; offset += random() % 4 ? 1 : 1 + random() % 3)
                log.push_back(offset);
            std::set<std::int64_t> redriven;
            position stands{{"t", 0}, position::stored, {}};
            for (int turn = 0; turn < 8; ++turn) {
                redrive_ledger one{0, stands};
                const auto divisor = 1 + random() % 4, end = random() % log.size();
                for (std::size_t i = 0; i < log.size() && (turn == 7 || i < end); ++i) {
                    if (log[i] < one.start()) continue;
                    if (one.meet(log[i]) || (turn != 7 && random() % divisor)) continue;
                    BOOST_REQUIRE(redriven.insert(log[i]).second);
                    one.finish(log[i]);
                }
                stands = one.standing();
            }
            BOOST_REQUIRE(redriven.size() == log.size());
            BOOST_REQUIRE(stands.offset == log.back() + 1);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
