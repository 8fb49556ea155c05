#include "simulation/flow/stage.hpp"

#include <algorithm>

namespace sluice::testing {

namespace {

using strings = std::vector<std::string>;

std::vector<duration> times_of(const scripted_handler& h, const std::string& value)
{
    std::vector<duration> at;
    for (const auto& one : h.started)
        if (one.value == value) at.push_back(one.at);
    return at;
}

}  // namespace

SLUICE_VIRTUAL_TEST_CASE(a_retry_goes_on_for_hours_and_holds_back_the_commit_but_not_other_keys)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.order = by_key{};
    s.settings.retry = {.attempts = 10, .first_delay = 10min, .max_delay = 1h};
    scripted_handler h{s};
    h.failures["ill"] = 6;
    s.put("before", "a");
    s.put("ill", "b");
    s.put("behind", "b");
    s.put("beside", "c");
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1min);
        BOOST_TEST(h.ended == (strings{"before", "beside"}), boost::test_tools::per_element());
        BOOST_TEST(*s.committed() == 1);
        BOOST_TEST(s.totals().parked == 2u);
        co_await sleep_for(5h);
        BOOST_TEST(*s.committed() == 4);
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.ended == (strings{"before", "beside", "ill", "behind"}), boost::test_tools::per_element());
    const auto at = times_of(h, "ill");
    BOOST_REQUIRE(at.size() == 7u);
    const std::vector<duration> full{10min, 20min, 40min, 60min, 60min, 60min};
    for (std::size_t n = 0; n < full.size(); ++n) {
        BOOST_TEST((at[n + 1] - at[n] >= full[n] / 2));
        BOOST_TEST((at[n + 1] - at[n] <= full[n]));
    }
    BOOST_TEST(s.dead_letters().empty());
    BOOST_TEST(s.totals().retried == 6u);
}

SLUICE_VIRTUAL_TEST_CASE(in_partition_order_a_retry_holds_back_its_partition_and_no_other)
{
    stage s{co_await asio::this_coro::executor, 2};
    s.settings.retry = {.attempts = 3, .first_delay = 1min, .max_delay = 1min};
    scripted_handler h{s};
    h.failures["ill"] = 1;
    s.put("ill", "a", 0);
    s.put("behind", "b", 0);
    s.put("beside", "c", 1);
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(10s);
        BOOST_TEST(h.ended == (strings{"beside"}), boost::test_tools::per_element());
        co_await s.until([&] { return s.committed(0) == 2; });
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.ended == (strings{"beside", "ill", "behind"}), boost::test_tools::per_element());
}

SLUICE_VIRTUAL_TEST_CASE(attempts_that_are_used_up_end_in_a_dead_letter_without_a_last_wait)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.retry = {.attempts = 3, .first_delay = 1s};
    scripted_handler h{s};
    h.failures["hopeless"] = -1;
    s.put("hopeless");
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 1; }); };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.started.size() == 3u);
    const auto letters = s.dead_letters();
    BOOST_REQUIRE(letters.size() == 1u);
    BOOST_TEST(*letters[0].header("sluice-error-class") == "exhausted");
    BOOST_TEST(*letters[0].header("sluice-attempt") == "3");
    BOOST_TEST((s.elapsed() <= 1s + 2s + s.settings.commit_interval + 2ms));
}

SLUICE_VIRTUAL_TEST_CASE(a_shutdown_does_not_wait_for_a_back_off)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.order = by_key{};
    s.settings.retry = {.attempts = 3, .first_delay = 1h, .max_delay = 1h};
    scripted_handler h{s};
    h.failures["ill"] = -1;
    s.put("done", "a");
    s.put("ill", "b");
    s.put("done too", "c");
    auto script = [&]() -> awaitable<> { co_await sleep_for(1s); };
    co_await s.run(h.get(), script);
    BOOST_TEST((s.elapsed() < 2s));
    BOOST_TEST(*s.committed() == 1);  // not past the one that waits
    BOOST_TEST(s.dead_letters().empty());
    BOOST_TEST(h.started.size() == 3u);
}

SLUICE_VIRTUAL_TEST_CASE(a_revocation_does_not_wait_for_a_back_off_and_the_next_owner_tries_again)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.order = by_key{};
    s.settings.retry = {.attempts = 3, .first_delay = 1h, .max_delay = 1h};
    scripted_handler h{s};
    h.failures["ill"] = 1;
    s.put("done", "a");
    s.put("ill", "b");
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1s);
        s.group.revoke({{"in", 0}});
        co_await sleep_for(100ms);
        BOOST_TEST(s.group.owner({"in", 0}) == nullptr);
        BOOST_TEST(*s.committed() == 1);
        h.failures.clear();
        s.group.assign(s.member, {{"in", 0}});
        co_await s.until([&] { return s.committed() == 2; });
    };
    co_await s.run(h.get(), script);
    BOOST_TEST((s.elapsed() < 3s));
    BOOST_TEST(h.ended == (strings{"done", "ill"}), boost::test_tools::per_element());
}

SLUICE_VIRTUAL_TEST_CASE(the_bound_on_parked_records_holds_the_partition_back_and_lets_it_go_on)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.order = by_key{};
    s.settings.parked = 3;
    s.settings.retry = {.attempts = 2, .first_delay = 1h, .max_delay = 1h};
    s.broker.habits().cut = [](std::size_t) { return 1; };
    scripted_handler h{s};
    for (const auto* value : {"1", "2", "3"}) {
        h.failures[value] = 1;
        s.put(value, value);
    }
    for (const auto* value : {"4", "5", "6"}) s.put(value, value);
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(20min);
        BOOST_TEST(s.member.open());
        BOOST_TEST(s.totals().parked == 3u);
        // What a batch brought before the bound was seen may have been handled, the rest waits in the log.
        BOOST_TEST(h.ended.size() <= 1u);
        BOOST_TEST(s.committed().value_or(0) == 0);
        co_await sleep_for(1h);
        BOOST_TEST(s.member.open());
        BOOST_TEST(h.ended.size() == 6u);
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(*s.committed() == 6);
}

SLUICE_VIRTUAL_TEST_CASE(events_come_although_the_intake_is_closed)
{
    stage s{co_await asio::this_coro::executor, 2};
    s.settings.order = by_key{1};
    s.settings.drain = 1s;
    scripted_handler h{s};
    h.takes["slow"] = 1h;
    for (const auto partition : {0, 1})
        for (int i = 0; i < 3; ++i) s.put("slow", std::to_string(i), partition);
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(400ms);
        BOOST_TEST(!s.member.open());
        s.group.revoke({{"in", 0}, {"in", 1}});
        co_await sleep_for(2s);
        BOOST_TEST(s.group.owner({"in", 0}) == nullptr);
        BOOST_TEST(s.member.open());  // nothing is queued any more
    };
    co_await s.run(h.get(), script);
}

}  // namespace sluice::testing
