#include "obedient_member.hpp"
#include "sluice/testing/test_case.hpp"

using namespace sluice;
using namespace sluice::kafka;
using namespace std::chrono_literals;

SLUICE_TEST_CASE(a_record_carries_all_that_was_sent)
{
    const auto loop = co_await asio::this_coro::executor;
    cluster_of_orders cluster;
    const timestamp then{1'700'000'000'123ms};
    std::vector<outgoing> sent{
        {.topic = "orders",
         .key = "customer",
         .value = "first",
         .headers = {{"trace", "a"}, {"empty", ""}, {"null", std::nullopt}, {"trace", "b"}},
         .time = then},
        {.topic = "orders", .key = "gone", .value = std::nullopt, .partition = 0},
        {.topic = "orders", .key = std::nullopt, .value = std::string{"\0\xff", 2}, .partition = 0},
        {.topic = "orders", .key = "", .value = "", .partition = 0},
    };
    co_await cluster.send(std::move(sent));

    obedient_member member{loop, cluster, readers()};
    auto records = co_await member.read(4);
    co_await member.close();

    // They stay readable when the member has gone.
    BOOST_TEST(records[0].topic() == "orders");
    BOOST_TEST(records[0].partition() == 0);
    BOOST_TEST((records[0].time() == then));
    BOOST_TEST((records[0].key() == "customer"));
    BOOST_TEST((records[0].value() == "first"));
    const auto headers = records[0].headers();
    BOOST_TEST_REQUIRE(headers.size() == 4);
    BOOST_TEST(headers[0].name == "trace");
    BOOST_TEST((headers[1].value == ""));
    BOOST_TEST(!headers[2].value.has_value());
    BOOST_TEST((records[0].header("trace") == "b"));
    BOOST_TEST(!records[1].value().has_value());
    BOOST_TEST(records[1].headers().empty());
    BOOST_TEST(!records[2].key().has_value());
    BOOST_TEST((records[2].value() == std::string_view{"\0\xff", 2}));
    BOOST_TEST((records[3].key() == ""));
    BOOST_TEST((records[3].value() == ""));
    for (std::size_t i = 0; i < records.size(); ++i) BOOST_TEST(records[i].offset() == static_cast<std::int64_t>(i));
}

SLUICE_TEST_CASE(partitions_are_read_by_whoever_names_them_and_no_group_is_joined)
{
    const auto loop = co_await asio::this_coro::executor;
    cluster_of_orders cluster{2};
    co_await cluster.fill("orders", 2, 5);
    const auto begin = clock::of(loop).now();
    for (int reader = 0; reader < 2; ++reader) {
        consumer_settings named{.group = "readers", .topics = {}};
        named.partitions.push_back({"orders", 1});
        obedient_member member{loop, cluster, std::move(named)};
        const auto records = co_await member.read(5);
        for (const auto& one : records) BOOST_TEST(one.partition() == 1);
        BOOST_TEST(member.troubles.empty());
        co_await member.close();
    }
    BOOST_TEST((clock::of(loop).now() - begin < 2500ms));  // a group's first rebalance takes three seconds
}

SLUICE_TEST_CASE(a_batch_is_bounded_and_each_partition_in_order)
{
    const auto loop = co_await asio::this_coro::executor;
    cluster_of_orders cluster{3};
    co_await cluster.fill("orders", 3, 400);
    obedient_member member{loop, cluster, readers(100)};

    std::map<std::int32_t, std::int64_t> next;
    for (std::size_t seen = 0; seen < 1200;) {
        const auto each = co_await member.source.next();
        const auto* some = std::get_if<batch>(&each);
        if (!some) {
            co_await member.answer(each);
            continue;
        }
        BOOST_TEST(some->records.size() <= 100);
        for (const auto& one : some->records) BOOST_TEST(one.offset() == next[one.partition()]++);
        seen += some->records.size();
    }
    const auto at = member.source.position(member.owned);
    for (const auto& each : at) BOOST_TEST(each.offset == 400);
    co_await member.close();
}

// librdkafka alone sleeps for up to a second each time that its queue was full: here forty times.
SLUICE_TEST_CASE(a_queue_that_was_full_is_filled_again_as_soon_as_there_is_room)
{
    const auto loop = co_await asio::this_coro::executor;
    test_cluster cluster;
    cluster.broker.create_topic("orders", 1);
    for (int batch = 0; batch < 40; ++batch) co_await cluster.fill("orders", 1, 100, 100 * batch);
    properties small{{"queued.min.messages", "100"}};
    obedient_member member{loop, cluster, readers(50), std::move(small)};
    co_await member.join();
    const auto begin = clock::of(loop).now();
    const auto records = co_await member.read(4000);
    BOOST_TEST((clock::of(loop).now() - begin < 10s));
    for (std::size_t i = 0; i < records.size(); ++i) BOOST_TEST(records[i].value().value() == std::to_string(i));
    co_await member.close();
}

SLUICE_TEST_CASE(a_commit_carries_its_metadata)
{
    const auto loop = co_await asio::this_coro::executor;
    cluster_of_orders cluster{2};
    co_await cluster.fill("orders", 2, 10);
    obedient_member member{loop, cluster, readers()};
    co_await member.read(20);

    positions finished;
    finished.push_back({{"orders", 1}, 7, "finished=9 attempts=8:2"});
    const auto done = co_await member.source.commit(finished);
    BOOST_TEST(done.has_value());
    const auto stored = co_await member.source.committed(member.owned);
    BOOST_TEST_REQUIRE(stored.has_value());
    BOOST_TEST_REQUIRE(stored->size() == 2);
    BOOST_TEST(stored->at(0).offset == position::stored);
    BOOST_TEST((stored->at(1) == finished[0]));
    co_await member.close();

    // The next member goes on there.
    obedient_member heir{loop, cluster, readers()};
    const auto rest = co_await heir.read(13);
    std::int64_t first = 100;
    for (const auto& each : rest)
        if (each.partition() == 1) first = std::min(first, each.offset());
    BOOST_TEST(first == 7);
    co_await heir.close();
}

SLUICE_TEST_CASE(a_seek_delivers_nothing_that_was_fetched_before)
{
    const auto loop = co_await asio::this_coro::executor;
    cluster_of_orders cluster{2};
    co_await cluster.fill("orders", 2, 3000);
    obedient_member member{loop, cluster, readers(50)};
    co_await member.read(100);

    std::map<std::int32_t, std::int64_t> next;
    const std::vector<std::int64_t> targets{10, 1000, 0, 2999, 500};
    for (const auto target : targets) {
        member.source.seek({{{"orders", 0}, target, {}}, {{"orders", 1}, 2999 - target, {}}});
        next = {{0, target}, {1, 2999 - target}};
        for (const auto& each : member.source.position(member.owned))
            BOOST_TEST(each.offset == next[each.where.partition]);
        const auto records = co_await member.read(150);
        for (const auto& each : records) BOOST_TEST_REQUIRE(each.offset() == next[each.partition()]++);
    }
    co_await member.close();
}

SLUICE_TEST_CASE(a_seek_before_the_first_fetch_is_kept)
{
    const auto loop = co_await asio::this_coro::executor;
    cluster_of_orders cluster;
    co_await cluster.fill("orders", 1, 100);
    obedient_member member{loop, cluster, readers()};
    co_await member.read(50);
    const positions finished{{{"orders", 0}, 50, {}}};
    const auto done = co_await member.source.commit(finished);
    BOOST_TEST_REQUIRE(done.has_value());
    co_await member.close();

    // It would begin at 50.
    obedient_member heir{loop, cluster, readers()};
    co_await heir.join();
    heir.source.seek({{{"orders", 0}, 42, {}}});
    const auto records = co_await heir.read(1);
    BOOST_TEST(records[0].offset() == 42);
    BOOST_TEST(heir.troubles.empty());
    co_await heir.close();
}

SLUICE_TEST_CASE(a_held_partition_rests_and_goes_on_where_it_was)
{
    const auto loop = co_await asio::this_coro::executor;
    cluster_of_orders cluster{2};
    co_await cluster.fill("orders", 2, 1000);
    obedient_member member{loop, cluster, readers(10)};
    std::map<std::int32_t, std::int64_t> next;
    for (const auto& each : co_await member.read(30)) BOOST_TEST(each.offset() == next[each.partition()]++);

    member.source.hold({{"orders", 0}});
    const auto held_at = next[0];
    const auto others = static_cast<std::size_t>(1000 - next[1]);
    for (const auto& each : co_await member.read(others)) {
        BOOST_TEST(each.partition() == 1);
        BOOST_TEST(each.offset() == next[1]++);
    }
    member.source.release({{"orders", 0}});
    for (const auto& each : co_await member.read(static_cast<std::size_t>(1000 - held_at)))
        BOOST_TEST_REQUIRE(each.offset() == next[each.partition()]++);
    co_await member.close();
}

SLUICE_TEST_CASE(a_position_never_passes_what_was_not_handed_over_whatever_is_held_or_sought)
{
    const auto loop = co_await asio::this_coro::executor;
    cluster_of_orders cluster;
    co_await cluster.fill("orders", 1, 20'000);
    obedient_member member{loop, cluster, readers(10)};
    co_await member.join();
    const partitions which{{"orders", 0}};
    std::int64_t next = 0;
    for (int round = 0; round < 4; ++round) {
        for (const auto& each : co_await member.read(10)) BOOST_TEST_REQUIRE(each.offset() == next++);
        member.source.hold(which);
        auto& time = clock::of(loop);
        const cancellation impatience{{}, time, time.now() + 5ms};
        try {
            co_await run_under(impatience.token(), member.source.next());
            BOOST_ERROR("a held partition gave something");
        } catch (const boost::system::system_error&) {
        }
        BOOST_TEST(member.source.position(which)[0].offset == next);
        member.source.release(which);
        BOOST_TEST(member.source.position(which)[0].offset == next);
    }
    // A seek back that waits for the release: librdkafka still stands where it has read to.
    for (const auto& each : co_await member.read(10)) BOOST_TEST_REQUIRE(each.offset() == next++);
    next = 5;
    const positions back{{{"orders", 0}, next, {}}};
    member.source.hold(which);
    member.source.seek(back);
    BOOST_TEST(member.source.position(which)[0].offset == next);
    member.source.release(which);
    BOOST_TEST(member.source.position(which)[0].offset == next);
    for (const auto& each : co_await member.read(10)) BOOST_TEST_REQUIRE(each.offset() == next++);
    co_await member.close();
}

SLUICE_TEST_CASE(closed_intake_keeps_records_back_and_the_membership, 60s)
{
    const auto loop = co_await asio::this_coro::executor;
    cluster_of_orders cluster;
    const properties strict{{"max.poll.interval.ms", "3500"}, {"session.timeout.ms", "3500"}};
    obedient_member member{loop, cluster, readers(), strict};
    co_await member.join();
    member.source.intake(false);
    co_await cluster.fill("orders", 1, 10);

    // Longer than a member that does not poll is kept.
    auto& time = clock::of(loop);
    cancellation patience{{}, time, time.now() + 6s};
    bool came = true;
    try {
        co_await run_under(patience.token(), member.source.next());
    } catch (const boost::system::system_error& e) {
        came = e.code() != asio::error::operation_aborted;
    }
    BOOST_TEST(!came);

    member.source.intake(true);
    const auto next = co_await member.source.next();
    BOOST_TEST_REQUIRE(std::holds_alternative<batch>(next));
    BOOST_TEST(std::get<batch>(next).records.front().offset() == 0);
    co_await member.close();
}

SLUICE_TEST_CASE(a_cancelled_wait_loses_nothing)
{
    const auto loop = co_await asio::this_coro::executor;
    cluster_of_orders cluster{2};
    co_await cluster.fill("orders", 2, 2000);
    obedient_member member{loop, cluster, readers(7)};
    co_await member.join();

    auto& time = clock::of(loop);
    std::map<std::int32_t, std::int64_t> next;
    int cancelled = 0;
    for (std::size_t seen = 0; seen < 4000;) {
        cancellation impatience{{}, time, time.now() + std::chrono::microseconds{20 * (cancelled % 10)}};
        try {
            const auto each = co_await run_under(impatience.token(), member.source.next());
            for (const auto& one : std::get<batch>(each).records)
                BOOST_TEST_REQUIRE(one.offset() == next[one.partition()]++);
            seen += std::get<batch>(each).records.size();
        } catch (const boost::system::system_error& e) {
            BOOST_TEST_REQUIRE((e.code() == asio::error::operation_aborted));
            ++cancelled;
        }
    }
    BOOST_TEST(cancelled > 0);
    co_await member.close();
}

SLUICE_TEST_CASE(a_trouble_is_told_once_and_the_member_goes_on)
{
    const auto loop = co_await asio::this_coro::executor;
    cluster_of_orders cluster;
    co_await cluster.fill("orders", 1, 10);
    constexpr std::int16_t find_coordinator = 10;
    constexpr int group_authorization_failed = 30;
    const std::vector<int> three_times(3, group_authorization_failed);
    cluster.broker.fail_next(find_coordinator, three_times);

    obedient_member member{loop, cluster, readers()};
    co_await member.read(10);
    BOOST_TEST_REQUIRE(member.troubles.size() == 1);
    BOOST_TEST((member.troubles[0] == errc::invalid));
    BOOST_TEST(member.troubles[0].detail.find("group readers") == 0);
    co_await member.close();
}

SLUICE_TEST_CASE(bad_settings_are_refused_by_name)
{
    const auto loop = co_await asio::this_coro::executor;
    test_cluster cluster;
    const auto refused = [&](consumer_settings what, properties more, std::string_view named) {
        try {
            consumer made{loop, cluster.member_settings(std::move(more)), std::move(what), cluster.blocking};
            BOOST_TEST(false, "was not refused: " << named);
        } catch (const failure& e) {
            BOOST_TEST((e.why() == errc::invalid));
            BOOST_TEST(e.why().detail.find(named) != std::string::npos, e.why().detail);
        }
    };
    refused({.group = "", .topics = {"orders"}}, {}, "group");
    refused({.group = "readers", .topics = {}}, {}, "readers");
    refused({.group = "readers", .topics = {""}}, {}, "readers");
    refused({.group = "readers", .topics = {"orders"}}, {{"max.poll.interval.ms", "10"}}, "max.poll.interval.ms");
    refused({.group = "readers", .topics = {"orders"}}, {{"enable.auto.commit", "true"}}, "enable.auto.commit");
}
