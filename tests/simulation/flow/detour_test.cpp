#include "simulation/flow/stage.hpp"

#include "sluice/flow/origin.hpp"

namespace sluice::testing {
namespace {

using strings = std::vector<std::string>;

/// A stage whose flow retries after 1 s and after 30 s.
void set_up(stage& s, std::int32_t partitions = 1)
{
    s.settings.order = unordered{.running = 16};
    s.settings.retry_topics = {1s, 30s};
    for (const auto* topic : {"in.g.retry.1s", "in.g.retry.30s", "in.g.retry.0s"})
        s.broker.log().create(topic, partitions);
}

void assign_all(stage& s)
{
    for (const auto* topic : {"in.g.retry.1s", "in.g.retry.30s", "in.g.retry.0s"})
        s.group.assign(s.member, s.broker.log().all_of(topic));
}

std::vector<duration> times_of(const scripted_handler& h, const std::string& value)
{
    std::vector<duration> at;
    for (const auto& one : h.started)
        if (one.value == value) at.push_back(one.at);
    return at;
}

bool about(duration is, duration wanted)
{
    return is >= wanted && is <= wanted + std::max<duration>(wanted / 10, 250ms);
}

}  // namespace

SLUICE_VIRTUAL_TEST_CASE(a_failed_record_takes_its_detours_in_time_and_the_fresh_ones_pass_it)
{
    stage s{co_await asio::this_coro::executor};
    set_up(s);
    scripted_handler h{s};
    h.failures["ill"] = 2;
    s.put("ill", "k", 0, {{"mine", "1"}});
    auto script = [&]() -> awaitable<> {
        assign_all(s);
        for (int i = 0; i < 320; ++i) {
            s.put(std::to_string(i));
            co_await sleep_for(100ms);
        }
        co_await s.until([&] { return s.totals().handled == 321u; });
        co_await sleep_for(1s);
    };
    co_await s.run(h.get(), script);
    const auto at = times_of(h, "ill");
    BOOST_REQUIRE(at.size() == 3u);
    BOOST_TEST(about(at[1] - at[0], 1s));
    BOOST_TEST(about(at[2] - at[1], 30s));
    const strings attempts{"1", "2", "3"};
    for (const auto& one : h.started)
        if (one.value == "ill") BOOST_TEST(one.number == 1 + std::ranges::find(at, one.at) - at.begin());
    // Nobody waited for it, and it is finished where it came from.
    for (int i = 0; i < 320; ++i) {
        const auto mine = times_of(h, std::to_string(i));
        BOOST_TEST((mine.at(0) - i * 100ms < 50ms));
    }
    BOOST_TEST(*s.committed() == 321);
    BOOST_TEST(s.group.committed({"in.g.retry.1s", 0})->offset == 1);
    BOOST_TEST(s.group.committed({"in.g.retry.30s", 0})->offset == 1);
    BOOST_TEST(s.totals().detoured == 2u);
    BOOST_TEST(s.totals().retried == 2u);
    BOOST_TEST(s.dead_letters().empty());

    const auto second = s.broker.log().read({"in.g.retry.30s", 0}).front();
    BOOST_TEST(*second.header("mine") == "1");
    BOOST_TEST(*second.header("sluice-attempt") == "2");
    const auto away = record::make({"in.g.retry.30s", 0}, 0, second.key, second.value, second.headers);
    BOOST_TEST(origin_of(away, "g").topic == "in");
    BOOST_TEST(origin_of(away, "g").offset == 0);
}

SLUICE_VIRTUAL_TEST_CASE(beyond_the_last_detour_is_the_dead_letter_of_the_source)
{
    stage s{co_await asio::this_coro::executor, 3};
    set_up(s, 3);
    scripted_handler h{s};
    h.failures["hopeless"] = -1;
    s.put("before", {}, 2);
    const auto offset = s.put("hopeless", "k", 2);
    auto script = [&]() -> awaitable<> {
        assign_all(s);
        co_await s.until([&] { return s.totals().dead_lettered == 1u; });
        co_await sleep_for(1s);
    };
    co_await s.run(h.get(), script);
    const auto letters = s.dead_letters();
    BOOST_REQUIRE(letters.size() == 1u);
    BOOST_TEST(*letters[0].header("kafka_dlt-original-topic") == "in");
    BOOST_TEST(*letters[0].header("kafka_dlt-original-partition") == std::string("\0\0\0\2", 4));
    BOOST_TEST(letters[0].header("kafka_dlt-original-offset")->back() == static_cast<char>(offset));
    BOOST_TEST(*letters[0].header("sluice-attempt") == "3");
    BOOST_TEST(*letters[0].header("sluice-error-class") == "exhausted");
    BOOST_TEST(*letters[0].header("sluice-id") == "in/2/1");
    BOOST_TEST(s.broker.log().read({"in.g.dlt", 2}).size() == 1u);
    BOOST_TEST(times_of(h, "hopeless").size() == 3u);
}

SLUICE_VIRTUAL_TEST_CASE(nothing_is_committed_past_a_detour_that_is_not_acknowledged)
{
    stage s{co_await asio::this_coro::executor};
    set_up(s);
    scripted_handler h{s};
    h.failures["ill"] = 1;
    s.put("ill");
    s.put("well");
    const error full{errc::not_sent, "full"};
    for (int i = 0; i < 5; ++i) s.sink.script_send({.after = 1s, .fails = full});
    auto script = [&]() -> awaitable<> {
        assign_all(s);
        co_await sleep_for(4s);
        BOOST_TEST(s.committed().value_or(0) == 0);
        BOOST_TEST(times_of(h, "ill").size() == 1u);  // it is sent again, not handled again
        co_await s.until([&] { return s.committed() == 2 && s.totals().handled == 2u; });
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(s.broker.log().read({"in.g.retry.1s", 0}).size() == 1u);
}

SLUICE_VIRTUAL_TEST_CASE(a_waiting_partition_is_handed_over_at_once_and_the_next_owner_waits_on)
{
    stage s{co_await asio::this_coro::executor};
    set_up(s);
    scripted_handler h{s};
    h.failures["ill"] = 2;
    s.put("ill");
    auto script = [&]() -> awaitable<> {
        assign_all(s);
        co_await sleep_for(10s);
        const partitions waiting{{"in.g.retry.30s", 0}};
        s.group.revoke(waiting);
        co_await sleep_for(100ms);
        BOOST_TEST(s.group.owner(waiting[0]) == nullptr);
        BOOST_TEST(!s.group.committed(waiting[0]).has_value());
        s.group.assign(s.member, waiting);
        co_await s.until([&] { return s.totals().handled == 1u; });
    };
    co_await s.run(h.get(), script);
    const auto at = times_of(h, "ill");
    BOOST_REQUIRE(at.size() == 3u);
    BOOST_TEST(about(at[2] - at[1], 30s));
}

SLUICE_VIRTUAL_TEST_CASE(a_redriven_record_begins_with_attempt_1_and_takes_its_detours_again)
{
    stage s{co_await asio::this_coro::executor};
    set_up(s);
    scripted_handler h{s};
    h.failures["again"] = 1;
    s.broker.log().append({"in.g.retry.0s",
                           "k",
                           "again",
                           {{"sluice-attempt", "3"}, {"sluice-redrives", "1"}, {"sluice-id", "x"}},
                           0,
                           {}});
    auto script = [&]() -> awaitable<> {
        assign_all(s);
        co_await s.until([&] { return s.totals().handled == 1u; });
    };
    co_await s.run(h.get(), script);
    BOOST_REQUIRE(h.started.size() == 2u);
    BOOST_TEST(h.started[0].number == 1);
    BOOST_TEST(h.started[1].number == 2);
    const auto once = s.broker.log().read({"in.g.retry.1s", 0}).front();
    BOOST_TEST(*once.header("sluice-redrives") == "1");
    BOOST_TEST(*once.header("sluice-id") == "x");
    BOOST_TEST(*once.header("sluice-attempt") == "1");
}

SLUICE_VIRTUAL_TEST_CASE(a_first_failure_in_the_far_future_ends_no_attempts)
{
    stage s{co_await asio::this_coro::executor};
    set_up(s);
    s.settings.retry.total = 1h;
    scripted_handler h{s};
    h.failures["ill"] = 2;
    // So far away that nanoseconds overflow.
    s.broker.log().append(
        {"in.g.retry.1s", "k", "ill", {{"sluice-attempt", "1"}, {"sluice-first-failure", "11700000000000"}}, 0, {}});
    auto script = [&]() -> awaitable<> {
        assign_all(s);
        co_await s.until([&] { return s.totals().handled == 1u; });
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(s.dead_letters().empty());
}

SLUICE_VIRTUAL_TEST_CASE(thousands_that_wait_hold_back_no_fresh_one_and_come_in_time)
{
    stage s{co_await asio::this_coro::executor, 4};
    set_up(s, 4);
    s.settings.parked = 10;
    scripted_handler h{s};
    std::map<std::string, duration> put;
    for (int i = 0; i < 3000; ++i) h.failures["ill " + std::to_string(i)] = 2;
    auto script = [&]() -> awaitable<> {
        assign_all(s);
        for (int i = 0; i < 3000; ++i) {
            s.put("ill " + std::to_string(i), {}, i % 4);
            const auto well = "well " + std::to_string(i);
            s.put(well, {}, i % 4);
            put[well] = s.elapsed();
            if (i % 3 == 0) co_await sleep_for(10ms);
        }
        co_await s.until([&] { return s.totals().handled == 6000u; });
    };
    co_await s.run(h.get(), script);
    std::map<std::string, std::vector<duration>> starts;
    for (const auto& one : h.started) starts[one.value].push_back(one.at);
    std::size_t late = 0;
    for (const auto& [value, at] : starts) {
        if (const auto known = put.find(value); known != put.end()) {
            late += at[0] - known->second > 50ms;
        } else {
            BOOST_REQUIRE(at.size() == 3u);
            late += !about(at[1] - at[0], 1s) + !about(at[2] - at[1], 30s);
        }
    }
    BOOST_TEST(late == 0u);
    BOOST_TEST(s.dead_letters().empty());
}

}  // namespace sluice::testing
