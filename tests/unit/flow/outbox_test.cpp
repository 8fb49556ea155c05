#include "sluice/flow/outbox.hpp"

#include "sluice/flow/lanes.hpp"
#include "sluice/flow/parcel.hpp"

#include <boost/test/unit_test.hpp>

#include <numeric>
#include <random>

using namespace sluice;

namespace {

std::list<work> finished(ledger::ticket ticket, assignment* of = nullptr, std::vector<std::string> outputs = {})
{
    std::list<work> one(1);
    one.front().ticket = ticket;
    one.front().of = of;
    for (auto& value : outputs) one.front().sending.push_back({.topic = "out", .value = std::move(value)});
    return one;
}

std::vector<ledger::ticket> tickets(const std::list<work>& of)
{
    std::vector<ledger::ticket> all;
    for (const auto& one : of) all.push_back(one.ticket);
    return all;
}

std::vector<std::string> values(const parcel& of)
{
    std::vector<std::string> all;
    for (const auto& one : *of.what()) all.push_back(*one.value);
    return all;
}

using strings = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_CASE(an_outbox_gives_the_prefix_in_the_order_of_the_log_whatever_the_order_of_the_finishing)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_CONTEXT("seed " << seed)
    {
        std::mt19937 random{seed};
        for (int round = 0; round < 200; ++round) {
            ledger known;
            outbox kept;
            std::vector<ledger::ticket> order(std::uniform_int_distribution<std::size_t>{1, 60}(random));
            std::iota(order.begin(), order.end(), 0U);
            for (const auto ticket : order) known.admit(static_cast<std::int64_t>(10 * ticket));
            // An earlier owner had finished some: they leave nothing.
            std::erase_if(order, [&](ledger::ticket ticket) {
                const bool recalled = random() % 7 == 0;
                if (recalled) known.finish(ticket);
                return recalled;
            });
            std::ranges::shuffle(order, random);
            std::list<work> taken;
            for (const auto ticket : order) {
                known.finish(ticket);
                kept.keep(finished(ticket), known.first());
                if (random() % 3 == 0) kept.take(random() % 5, taken);
                BOOST_TEST_REQUIRE(taken.size() + kept.ready() <= known.first());
            }
            kept.take(1000, taken);
            const auto all = tickets(taken);
            BOOST_TEST(std::ranges::is_sorted(all));
            BOOST_TEST(all.size() == order.size());
            BOOST_TEST(kept.clear().size() == 0U);
        }
    }
}

BOOST_AUTO_TEST_CASE(nothing_behind_an_unfinished_record_is_ready)
{
    outbox kept;
    kept.keep(finished(1), 0);
    kept.keep(finished(2), 0);
    BOOST_TEST(kept.ready() == 0U);
    kept.keep(finished(0), 3);
    BOOST_TEST(kept.ready() == 3U);
    std::list<work> some;
    BOOST_TEST(kept.take(2, some) == 2U);
    BOOST_TEST(tickets(some) == (std::vector<ledger::ticket>{0, 1}), boost::test_tools::per_element());
    kept.keep(finished(4), 3);
    BOOST_TEST(kept.clear().size() == 2U);
    BOOST_TEST(kept.ready() == 0U);
}

BOOST_AUTO_TEST_CASE(a_parcel_leaves_out_what_was_lost_and_sends_something_else_where_it_must)
{
    const auto first = std::make_shared<assignment>(topic_partition{"in", 0}, cancellation_token{});
    const auto second = std::make_shared<assignment>(topic_partition{"in", 1}, cancellation_token{});
    const auto third = std::make_shared<assignment>(topic_partition{"in", 2}, cancellation_token{});
    parcel all;
    auto some = finished(0, first.get(), {"a", "b"});
    some.splice(some.end(), finished(1, first.get()));
    all.add(first, std::move(some), {first->where, 2, "words"});
    some = finished(0, second.get(), {"c"});
    some.splice(some.end(), finished(1, second.get(), {"d", "e"}));
    all.add(second, std::move(some), {second->where, 7, {}});
    all.add(third, {}, {third->where, 9, {}});
    all.seal();
    BOOST_TEST(values(all) == (strings{"a", "b", "c", "d", "e"}), boost::test_tools::per_element());

    const auto guilty = all.senders_of({0, 1, 4});
    BOOST_TEST_REQUIRE(guilty.size() == 2U);
    BOOST_TEST(guilty[0]->of == first.get());
    BOOST_TEST(guilty[1]->of == second.get());
    BOOST_TEST(guilty[1]->ticket == 1U);
    guilty[1]->sending.push_back({.topic = "letters", .value = "letter"});
    BOOST_TEST(all.revise().empty());
    BOOST_TEST(all.hush());
    BOOST_TEST(!all.hush());
    BOOST_TEST(all.witness().value().offset == 2);
    BOOST_TEST(all.witness().value().metadata == "");
    BOOST_TEST(values(all) == (strings{"a", "b", "c", "letter"}), boost::test_tools::per_element());

    first->given_up = true;
    BOOST_TEST(all.revise().size() == 2U);
    BOOST_TEST(values(all) == (strings{"c", "letter"}), boost::test_tools::per_element());
    BOOST_TEST_REQUIRE(all.finished().size() == 2U);
    BOOST_TEST(all.finished()[0].offset == 7);
    BOOST_TEST(all.witness().value().offset == 7);
    second->given_up = true;
    BOOST_TEST(!all.witness().has_value());  // of the third it has no record
    BOOST_TEST(all.revise().size() == 2U);
    third->given_up = true;
    BOOST_TEST(all.revise().empty());
    BOOST_TEST(all.empty());
}
