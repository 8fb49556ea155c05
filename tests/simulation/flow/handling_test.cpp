#include "simulation/flow/stage.hpp"

#include "sluice/record/record_id.hpp"

#include <algorithm>

namespace sluice::testing {

namespace {

using strings = std::vector<std::string>;

reply to_out(std::string value)
{
    return std::move(reply{}.add({"out", "k", std::move(value), {}, {}, {}}));
}

}  // namespace

SLUICE_VIRTUAL_TEST_CASE(what_is_handled_is_emitted_and_committed)
{
    stage s{co_await asio::this_coro::executor};
    scripted_handler h{s};
    h.replies["a"] = to_out("A");
    s.put("a");
    s.put("b");
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 2; }); };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.ended == (strings{"a", "b"}), boost::test_tools::per_element());
    const auto out = s.emitted();
    BOOST_REQUIRE(out.size() == 1u);
    BOOST_TEST(*out[0].value == "A");
    BOOST_TEST(*out[0].header("sluice-id") == record_id::caused_by(record_id{"in/0/0"}, "g", 0).text());
    BOOST_TEST(s.totals().handled == 2u);
    BOOST_TEST((s.elapsed() <= s.settings.commit_interval + 2ms));
}

SLUICE_VIRTUAL_TEST_CASE(a_stop_in_the_middle_commits_exactly_what_is_handled)
{
    stage s{co_await asio::this_coro::executor};
    scripted_handler h{s};
    for (int i = 0; i < 10; ++i) {
        s.put(std::to_string(i));
        h.takes[std::to_string(i)] = 1s;
    }
    auto script = [&]() -> awaitable<> { co_await sleep_for(3500ms); };
    co_await s.run(h.get(), script);
    // The one that ran when the stop came has ended; the rest was not begun.
    BOOST_TEST(h.ended.size() == 4u);
    BOOST_TEST(*s.committed() == 4);
    BOOST_TEST(h.started.size() == 4u);
    BOOST_TEST((s.elapsed() == 4s));
}

SLUICE_VIRTUAL_TEST_CASE(a_handler_that_outlasts_the_drain_is_cancelled_and_its_record_comes_again)
{
    stage s{co_await asio::this_coro::executor};
    scripted_handler h{s};
    s.put("quick");
    s.put("endless");
    h.takes["endless"] = 24h;
    auto script = [&]() -> awaitable<> { co_await sleep_for(1s); };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.cut_short == (strings{"endless"}), boost::test_tools::per_element());
    BOOST_TEST(*s.committed() == 1);
    BOOST_TEST((s.elapsed() == 1s + s.settings.drain));
}

SLUICE_VIRTUAL_TEST_CASE(cancelling_the_caller_is_a_request_to_stop)
{
    stage s{co_await asio::this_coro::executor};
    scripted_handler h{s};
    s.put("a");
    h.takes["a"] = 2s;
    scope callers{co_await asio::this_coro::executor};
    auto script = []() -> awaitable<> { co_await sleep_for(24h); };
    auto work = s.run(h.get(), script);
    callers.spawn(std::move(work));
    co_await sleep_for(1s);
    callers.cancel();
    co_await callers.join();
    BOOST_TEST(h.ended == (strings{"a"}), boost::test_tools::per_element());
    BOOST_TEST(*s.committed() == 1);
    BOOST_TEST(s.member.closed());
}

SLUICE_VIRTUAL_TEST_CASE(the_bound_on_what_runs_holds_in_every_order)
{
    for (const ordering& order : {ordering{by_partition{3}}, ordering{by_key{3}}, ordering{unordered{3}}}) {
        stage s{co_await asio::this_coro::executor, 8};
        s.settings.order = order;
        scripted_handler h{s};
        for (int i = 0; i < 40; ++i) {
            const auto value = std::to_string(i);
            s.put(value, "key " + value, i % 8);
            h.takes[value] = 1s;
        }
        auto script = [&]() -> awaitable<> { co_await s.until([&] { return h.ended.size() == 40u; }); };
        co_await s.run(h.get(), script);
        BOOST_TEST(h.most_at_once == 3u);
        BOOST_TEST((s.elapsed() < 20s));  // 14 rounds, if all three are always busy
    }
}

SLUICE_VIRTUAL_TEST_CASE(a_slow_handler_does_not_let_the_flow_read_on_without_bound)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.order = by_partition{4};
    s.broker.habits().cut = [](std::size_t) { return 1; };
    scripted_handler h{s};
    for (int i = 0; i < 100; ++i) {
        s.put(std::to_string(i));
        h.takes[std::to_string(i)] = 1s;
    }
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(10s);
        BOOST_TEST(!s.member.open());
        BOOST_TEST(s.totals().queued + s.totals().running <= 5u);
        co_await s.until([&] { return h.ended.size() == 100u; });
        BOOST_TEST(s.member.open());
    };
    co_await s.run(h.get(), script);
}

SLUICE_VIRTUAL_TEST_CASE(a_send_whose_outcome_is_unknown_is_repeated_under_the_same_id_before_the_commit)
{
    stage s{co_await asio::this_coro::executor};
    scripted_handler h{s};
    h.replies["a"] = to_out("A");
    s.put("a");
    fate vanished;
    vanished.after = 5s;
    vanished.fails = error{errc::outcome_unknown};
    vanished.happens = true;
    s.sink.script_send(vanished);
    fate refused;
    refused.fails = error{errc::not_sent};
    refused.happens = false;
    s.sink.script_send(refused);
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(4s);
        BOOST_TEST(s.committed().value_or(0) == 0);
        co_await s.until([&] { return s.committed() == 1; });
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.started.size() == 1u);  // the handler is not run again
    const auto out = s.emitted();
    BOOST_REQUIRE(out.size() == 2u);
    BOOST_TEST(*out[0].header("sluice-id") == *out[1].header("sluice-id"));
}

SLUICE_VIRTUAL_TEST_CASE(a_full_producer_holds_the_handlers_back_and_nothing_is_lost)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.order = unordered{2};
    s.broker.habits().cut = [](std::size_t) { return 1; };
    scripted_handler h{s};
    for (int i = 0; i < 20; ++i) {
        s.put(std::to_string(i));
        h.replies[std::to_string(i)] = to_out(std::to_string(i));
    }
    s.sink.room(0);
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1min);
        BOOST_TEST(h.started.size() == 2u);
        BOOST_TEST(s.emitted().empty());
        BOOST_TEST(s.committed().value_or(0) == 0);
        s.sink.room(1);
        co_await s.until([&] { return s.committed() == 20; });
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(s.emitted().size() == 20u);
}

SLUICE_VIRTUAL_TEST_CASE(an_idle_partition_commits_past_a_gap)
{
    stage s{co_await asio::this_coro::executor};
    scripted_handler h{s};
    s.put("a");
    s.broker.log().skip({"in", 0}, 3);
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 4; }); };
    co_await s.run(h.get(), script);
}

SLUICE_VIRTUAL_TEST_CASE(a_commit_of_an_idle_partition_does_not_pass_what_is_just_being_delivered)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.commit_interval = 1s;
    scripted_handler h{s};
    s.put("first");
    h.takes["second"] = 1h;
    // At the very moment of a commit and just before it, and behind another event, so that the source has it at hand
    // when it is asked for the next.
    auto& time = s.broker.time();
    const auto comes = time.at(time.now() + 2s, [&] {
        s.member.report({errc::unavailable, "a broker is away"});
        s.put("second");
    });
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1500ms);
        BOOST_TEST(*s.committed() == 1);
        co_await sleep_for(1s);
        BOOST_TEST(h.started.size() == 2u);
        BOOST_TEST(*s.committed() == 1, s.broker.history().tail(10));
    };
    co_await s.run(h.get(), script);
}

SLUICE_VIRTUAL_TEST_CASE(a_transient_trouble_of_the_source_is_no_end_and_a_fatal_one_is)
{
    stage s{co_await asio::this_coro::executor};
    scripted_handler h{s};
    std::optional<error> why;
    auto script = [&]() -> awaitable<> {
        s.member.report({errc::unavailable, "a broker is away"});
        s.put("a");
        co_await s.until([&] { return h.ended.size() == 1u; });
        s.member.report({errc::fatal, "fenced"});
        co_await sleep_for(24h);
    };
    try {
        co_await s.run(h.get(), script);
    } catch (const failure& failed) {
        why = failed.why();
    }
    BOOST_REQUIRE(why.has_value());
    BOOST_TEST(why->message() == "fenced");
    BOOST_TEST((s.elapsed() < 1min));
    BOOST_TEST(*s.committed() == 1);  // what was finished before
}

}  // namespace sluice::testing
