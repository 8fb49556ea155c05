#include "simulation/flow/stage.hpp"
#include "sluice/flow/progress.hpp"

#include <algorithm>

namespace sluice::testing {

namespace {

std::size_t delivered(const stage& s, std::int32_t partition)
{
    const topic_partition where{"in", partition};
    return static_cast<std::size_t>(std::ranges::count_if(s.broker.history().steps(), [&](const step& one) {
        return one.what == step::kind::delivered && one.where == where;
    }));
}

}  // namespace

SLUICE_VIRTUAL_TEST_CASE(a_partition_that_is_far_ahead_is_held_back_and_no_other)
{
    stage s{co_await asio::this_coro::executor, 2};
    s.settings.order = by_key{};
    s.settings.ahead = 20;
    s.broker.habits().cut = [](std::size_t) { return 5; };
    scripted_handler h{s};
    h.takes["slow"] = 1h;
    s.put("slow", "slow", 0);
    for (int i = 0; i < 100; ++i)
        for (const auto partition : {0, 1}) s.put("x", std::to_string(i), partition);
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(30min);
        BOOST_TEST(s.member.open());
        BOOST_TEST(*s.committed(1) == 100);
        BOOST_TEST(*s.committed(0) == 0);
        BOOST_TEST(delivered(s, 0) >= 20u);
        BOOST_TEST(delivered(s, 0) < 25u);
        for (int i = 0; i < 50; ++i) s.put("y", "y", 1);
        co_await sleep_for(1s);
        BOOST_TEST(*s.committed(1) == 150);
        co_await s.until([&] { return s.committed(0) == 101; });
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.ended.size() == 251u);
}

SLUICE_VIRTUAL_TEST_CASE(a_partition_held_back_comes_again_when_half_of_its_bound_is_free)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.order = by_key{};
    s.settings.ahead = 20;
    s.broker.habits().cut = [](std::size_t) { return 1; };
    scripted_handler h{s};
    for (int i = 0; i < 100; ++i) {
        s.put("x", "x");
        h.takes["x"] = 1s;
    }
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 100; }); };
    co_await s.run(h.get(), script);
    // 20 at first, then ten at a time.
    std::vector<int> at_once;
    time_point last{};
    for (const auto& one : s.broker.history().steps()) {
        if (one.what != step::kind::delivered) continue;
        if (at_once.empty() || one.when - last > 500ms) at_once.push_back(0);
        ++at_once.back();
        last = one.when;
    }
    BOOST_TEST(at_once == (std::vector<int>{20, 10, 10, 10, 10, 10, 10, 10, 10}), boost::test_tools::per_element());
}

SLUICE_VIRTUAL_TEST_CASE(a_partition_is_held_back_when_its_progress_fits_no_commit_and_no_other)
{
    stage s{co_await asio::this_coro::executor, 2};
    s.settings.order = by_key{};
    s.settings.retry = {.attempts = 2, .first_delay = 1h, .max_delay = 1h};
    s.broker.habits().cut = [](std::size_t) { return 10; };
    scripted_handler h{s};
    for (int i = 0; i < 1200; ++i) {
        const auto value = std::to_string(i);
        if (i % 2 == 0) h.failures[value] = 1;
        s.put(value, value, 0);
    }
    for (int i = 0; i < 1000; ++i) s.put("y", "y", 1);
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(20min);
        BOOST_TEST(s.member.open());
        BOOST_TEST(*s.committed(1) == 1000);
        const auto text = s.group.committed({"in", 0})->metadata;
        BOOST_TEST(text.size() <= progress::longest);
        BOOST_TEST(text.size() > progress::longest / 2);
        const auto read = progress::from_text(0, text);
        // It says of every record that came what is true of it.
        BOOST_TEST(read.back().to == static_cast<std::int64_t>(delivered(s, 0)));
        BOOST_TEST(delivered(s, 0) < 800u);
        co_await sleep_for(24h);
        BOOST_TEST(*s.committed(0) == 1200);
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(s.dead_letters().empty());
}

SLUICE_VIRTUAL_TEST_CASE(a_partition_that_was_held_back_can_be_revoked_and_comes_again)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.order = by_key{};
    s.settings.ahead = 5;
    s.settings.drain = 1s;
    s.broker.habits().cut = [](std::size_t) { return 1; };
    scripted_handler h{s};
    h.takes["slow"] = 1h;
    s.put("slow", "slow");
    for (int i = 0; i < 20; ++i) s.put("x", std::to_string(i));
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1s);
        BOOST_TEST(h.started.size() == 5u);
        h.takes.clear();
        s.group.revoke({{"in", 0}});
        co_await sleep_for(2s);
        s.group.assign(s.member, {{"in", 0}});
        co_await s.until([&] { return s.committed() == 21; });
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.started.size() == 22u);  // only the slow one twice
}

SLUICE_VIRTUAL_TEST_CASE(a_partition_whose_handler_does_not_end_does_not_stop_the_others)
{
    stage s{co_await asio::this_coro::executor, 3};
    s.settings.order = by_partition{.running = 8};
    s.broker.habits().cut = [](std::size_t) { return 5; };
    scripted_handler h{s};
    h.takes["slow"] = 1h;
    s.put("slow", {}, 0);
    for (int i = 0; i < 200; ++i)
        for (const auto partition : {0, 1, 2}) s.put("x", {}, partition);
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1min);
        BOOST_TEST(s.member.open());
        BOOST_TEST(*s.committed(1) == 200);
        BOOST_TEST(*s.committed(2) == 200);
        BOOST_TEST(delivered(s, 0) < 20u);
        s.put("y", {}, 1);
        co_await sleep_for(1s);
        BOOST_TEST(*s.committed(1) == 201);
        co_await s.until([&] { return s.committed(0) == 201; });
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.ended.size() == 602u);
}

SLUICE_VIRTUAL_TEST_CASE(partitions_that_are_busy_but_move_are_not_held_back)
{
    stage s{co_await asio::this_coro::executor, 2};
    s.settings.order = by_partition{.running = 2};
    s.broker.habits().cut = [](std::size_t) { return 50; };
    scripted_handler h{s};
    h.takes["x"] = 100ms;
    for (int i = 0; i < 100; ++i)
        for (const auto partition : {0, 1}) s.put("x", {}, partition);
    std::size_t closed = 0;
    auto script = [&]() -> awaitable<> {
        while (h.ended.size() < 200) {
            co_await sleep_for(50ms);
            closed += !s.member.open();
        }
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(closed > 50u);  // the intake is what bounds them
}

SLUICE_VIRTUAL_TEST_CASE(a_partition_that_parks_its_share_does_not_stop_the_others)
{
    stage s{co_await asio::this_coro::executor, 2};
    s.settings.parked = 40;
    s.settings.retry = {.attempts = 2, .first_delay = 1h, .max_delay = 1h};
    s.broker.habits().cut = [](std::size_t) { return 5; };
    scripted_handler h{s};
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1s);  // it knows how many partitions it has
        h.failures["ill"] = 1;
        s.put("ill", {}, 0);
        for (int i = 0; i < 200; ++i)
            for (const auto partition : {0, 1}) s.put("x", {}, partition);
        co_await sleep_for(20min);
        BOOST_TEST(*s.committed(1) == 200);
        BOOST_TEST(s.totals().parked >= 20u);
        BOOST_TEST(s.totals().parked < 25u);
        co_await s.until([&] { return s.committed(0) == 201; });
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.ended.size() == 401u);
}

}  // namespace sluice::testing
