#include "sluice/kafka/consumer.hpp"
#include "sluice/kafka/producer.hpp"
#include "sluice/kafka/transactional_producer.hpp"
#include "sluice/testing/test_case.hpp"
#include "system/kafka/foreign_reader.hpp"

#include <algorithm>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

using answer = boost::system::result<void, transaction_error>;

/// A broker, a member of a group that owns the one partition of "in", and who sends transactions.
struct transaction_stage {
    explicit transaction_stage(asio::any_io_executor loop) : loop{loop}, cluster{loop} {}

    awaitable<> start()
    {
        const std::vector<topic_declaration> topics{
            declared_topic{"in", {.partitions = 1}}, declared_topic{"out", {.partitions = 2}},
            declared_topic{"small", {.partitions = 1, .config = {{"max.message.bytes", "2000"}}}}};
        co_await cluster.start(topics);
        with = cluster.with();
        member.emplace(loop, with, kafka::consumer_settings{.group = "g", .topics = {"in"}}, cluster.blocking);
        co_await join(*member);
    }

    awaitable<> join(kafka::consumer& one)
    {
        for (bool joined = false; !joined;) {
            const auto next = co_await one.next();
            const auto* ours = std::get_if<assigned>(&next);
            if (!ours) continue;
            positions from;
            for (const auto& where : ours->partitions) from.push_back({where, position::stored, {}});
            joined = !from.empty();
            const auto accepted = co_await one.accept(std::move(from));
            BOOST_TEST_REQUIRE(accepted.has_value());
        }
    }

    void make_producer(std::optional<kafka::transactional_producer>& into)
    {
        into.emplace(loop, with, kafka::transaction_producer_settings{.transactional_id = "app.g.one.0"},
                     cluster.blocking, logger{});
    }

    awaitable<std::int64_t> committed() { co_return (co_await stands()).offset; }

    awaitable<position> stands()
    {
        const partitions in{{"in", 0}};
        // For a moment after the commit it is not told.
        auto found = co_await member->committed(in);
        while (!found && found.error() == errc::unavailable) found = co_await member->committed(in);
        BOOST_TEST_REQUIRE(found.has_value(), found.error().message());
        co_return found->front();
    }

    static awaitable<answer> send(kafka::transactional_producer& by, std::string topic, strings values,
                                  std::int64_t offset, membership of, std::string metadata = {})
    {
        auto all = std::make_shared<std::vector<outgoing>>();
        for (auto& value : values) all->push_back({.topic = topic, .key = "k", .value = std::move(value)});
        positions upto;
        upto.push_back({{"in", 0}, offset, std::move(metadata)});
        return by.transact(std::move(all), std::move(upto), std::move(of));
    }

    asio::any_io_executor loop;
    one_broker cluster;
    kafka::settings with;
    std::optional<kafka::consumer> member;
};

}  // namespace

SLUICE_TEST_CASE(records_and_offsets_of_a_transaction_are_there_together_or_not_at_all, 180s)
{
    strings values;
    transaction_stage s{co_await asio::this_coro::executor};
    co_await s.start();
    std::optional<kafka::transactional_producer> producer;
    s.make_producer(producer);

    values = {"a", "b"};
    auto done = co_await s.send(*producer, "out", values, 2, s.member->member());
    BOOST_TEST_REQUIRE(done.has_value(), done.error().message());
    BOOST_TEST(co_await s.committed() == 2);

    // One record that librdkafka itself refuses.
    values = {"c", std::string(2 << 20, 'x'), "d"};
    done = co_await s.send(*producer, "out", values, 5, s.member->member());
    BOOST_TEST_REQUIRE(!done.has_value());
    BOOST_TEST((done.error() == errc::invalid), done.error().message());
    BOOST_TEST(done.error().never == std::vector<std::size_t>{1}, boost::test_tools::per_element());
    BOOST_TEST(co_await s.committed() == 2);

    // Nobody's membership; and one of a group that has gone on without it.
    values = {"e"};
    done = co_await s.send(*producer, "out", values, 5, nullptr);
    BOOST_TEST((!done && done.error() == errc::assignment_lost));
    const auto old = s.member->member();
    co_await s.member->close(clock::of(s.loop).now() + 10s);
    BOOST_TEST((s.member->member() == nullptr));
    s.member.emplace(s.loop, s.with, kafka::consumer_settings{.group = "g", .topics = {"in"}}, s.cluster.blocking);
    co_await s.join(*s.member);
    // Until one of those that are aborted has left before: it proves below that the reader's isolation is what hides
    // it.
    strings all;
    while (std::ranges::count(all, "f") == 0) {
        values = {"f"};
        done = co_await s.send(*producer, "out", values, 5, old);
        BOOST_TEST_REQUIRE(!done.has_value());
        BOOST_TEST((done.error() == errc::assignment_lost), done.error().message());
        BOOST_TEST(co_await s.committed() == 2);
        all = co_await read_with_kcat(s.cluster, "out", "read_uncommitted");
    }

    values = {"g"};
    std::string words{"with words"};
    done = co_await s.send(*producer, "out", values, 3, s.member->member(), words);
    BOOST_TEST_REQUIRE(done.has_value(), done.error().message());
    const auto stands = co_await s.stands();
    BOOST_TEST(stands.offset == 3);
    BOOST_TEST(stands.metadata == words);

    // More of them than a broker takes: nothing of the transaction is there, and no record of it is to blame.
    values = {"h"};
    words = std::string(5000, 'w');
    done = co_await s.send(*producer, "out", values, 4, s.member->member(), words);
    BOOST_TEST_REQUIRE(!done.has_value());
    BOOST_TEST((done.error() == errc::invalid), done.error().message());
    BOOST_TEST(done.error().never.empty());
    BOOST_TEST(co_await s.committed() == 3);

    auto seen = co_await read_with_kcat(s.cluster, "out");
    BOOST_TEST(seen == (strings{"a", "b", "g"}), boost::test_tools::per_element());
    co_await s.member->close(clock::of(s.loop).now() + 10s);
}

SLUICE_TEST_CASE(what_a_broker_refuses_of_a_batch_is_told_record_by_record, 180s)
{
    strings values;
    transaction_stage s{co_await asio::this_coro::executor};
    co_await s.start();
    std::optional<kafka::transactional_producer> producer;
    s.make_producer(producer);

    values = {"1", "2", std::string(5000, 'x'), "3"};
    auto done = co_await s.send(*producer, "small", values, 4, s.member->member());
    // A record may have failed before the offsets were sent, which then says no more than that.
    while (!done && done.error() == errc::not_sent)
        done = co_await s.send(*producer, "small", values, 4, s.member->member());
    BOOST_TEST_REQUIRE(!done.has_value());
    BOOST_TEST((done.error() == errc::invalid), done.error().message());
    BOOST_TEST(done.error().never == std::vector<std::size_t>{2}, boost::test_tools::per_element());

    // Each small enough, too many for one batch.
    const strings many(10, std::string(500, 'y'));
    done = co_await s.send(*producer, "small", many, 10, s.member->member());
    BOOST_TEST_REQUIRE(done.has_value(), done.error().message());
    BOOST_TEST(co_await s.committed() == 10);
    const auto seen = co_await read_with_kcat(s.cluster, "small");
    BOOST_TEST(seen == many, boost::test_tools::per_element());

    values = {"1"};
    done = co_await s.send(*producer, "nowhere", values, 11, s.member->member());
    BOOST_TEST_REQUIRE(!done.has_value());
    BOOST_TEST((done.error() == errc::invalid), done.error().message());
    co_await s.member->close(clock::of(s.loop).now() + 10s);
}

SLUICE_TEST_CASE(a_fenced_producer_says_that_nothing_was_sent_and_goes_on_with_a_new_one, 180s)
{
    strings values;
    transaction_stage s{co_await asio::this_coro::executor};
    co_await s.start();
    std::optional<kafka::transactional_producer> zombie, successor;
    s.make_producer(zombie);
    values = {"a"};
    auto done = co_await s.send(*zombie, "out", values, 1, s.member->member());
    BOOST_TEST_REQUIRE(done.has_value(), done.error().message());

    s.make_producer(successor);
    const auto opened = co_await successor->open();
    BOOST_TEST_REQUIRE(opened.has_value(), opened.error().message());
    values = {"b"};
    done = co_await s.send(*zombie, "out", values, 2, s.member->member());
    BOOST_TEST_REQUIRE(!done.has_value());
    BOOST_TEST((done.error() == errc::not_sent || done.error() == errc::outcome_unknown), done.error().message());
    BOOST_TEST(co_await s.committed() == 1);

    values = {"c"};
    done = co_await s.send(*successor, "out", values, 2, s.member->member());
    BOOST_TEST_REQUIRE(done.has_value(), done.error().message());
    BOOST_TEST(co_await s.committed() == 2);
    auto seen = co_await read_with_kcat(s.cluster, "out");
    std::ranges::sort(seen);
    BOOST_TEST(seen == (strings{"a", "c"}), boost::test_tools::per_element());
    co_await s.member->close(clock::of(s.loop).now() + 10s);
}
