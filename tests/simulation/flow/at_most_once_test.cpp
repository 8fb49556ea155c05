#include "simulation/flow/stage.hpp"

#include "sluice/flow/claiming.hpp"

#include <algorithm>

namespace sluice::testing {

namespace {

using strings = std::vector<std::string>;

void at_most_once(stage& s)
{
    s.settings.mode = delivery::at_most_once;
    s.settings.dead_letters = false;
}

fate refused(errc why, bool happens = false)
{
    fate what;
    what.fails = error{why, "scripted"};
    what.happens = happens;
    return what;
}

// Its user learns a second late of the second commit.
class late_answer final : public source_decorator {
public:
    using source_decorator::source_decorator;

    awaitable<result<>> commit(positions finished) override
    {
        const bool is_late = ++asked_ == 2;
        auto answer = co_await from_.commit(std::move(finished));
        if (is_late) co_await sleep_for(1s);
        co_return answer;
    }

private:
    int asked_ = 0;
};

strings values(const scripted_handler& h)
{
    strings all;
    for (const auto& one : h.started) all.push_back(one.value);
    return all;
}

}  // namespace

SLUICE_VIRTUAL_TEST_CASE(at_most_once_commits_before_it_handles)
{
    stage s{co_await asio::this_coro::executor};
    at_most_once(s);
    scripted_handler h{s};
    s.broker.habits().commit = [] { return fate{.after = 1s}; };
    s.put("a");
    s.put("b");
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(999ms);
        BOOST_TEST(h.started.empty());
        BOOST_TEST(!s.committed().has_value());
        co_await sleep_for(2ms);
        BOOST_TEST(*s.committed() == 2);
        BOOST_TEST(h.started.size() == 2u);
        s.broker.log().skip({"in", 0}, 3);
        co_await s.until([&] { return s.committed() == 5; });  // lag comes down to 0
    };
    co_await s.run(h.get(), script);
}

SLUICE_VIRTUAL_TEST_CASE(at_most_once_a_failure_is_counted_and_never_repeated)
{
    stage s{co_await asio::this_coro::executor};
    at_most_once(s);
    scripted_handler h{s};
    h.failures["ill"] = -1;
    reply out;
    out.add({"out", {}, std::string{"A"}, {}, {}, {}});
    h.replies["lost"] = h.replies["fine"] = out;
    s.sink.script_send(refused(errc::not_sent));
    for (const auto* value : {"well", "ill", "lost", "fine"}) s.put(value);
    auto script = [&]() -> awaitable<> { co_await sleep_for(1h); };
    co_await s.run(h.get(), script);
    BOOST_TEST(values(h) == (strings{"well", "ill", "lost", "fine"}), boost::test_tools::per_element());
    BOOST_TEST(s.totals().handled == 2u);
    BOOST_TEST(s.totals().forgone == 2u);
    BOOST_TEST(s.emitted().size() == 1u);
    BOOST_TEST(*s.committed() == 4);
}

SLUICE_VIRTUAL_TEST_CASE(at_most_once_a_crash_repeats_nothing)
{
    stage s{co_await asio::this_coro::executor};
    at_most_once(s);
    s.settings.order = by_key{2};
    s.broker.habits().cut = [](std::size_t) { return 3; };
    scripted_handler h{s};
    for (int i = 0; i < 10; ++i) {
        s.put(std::to_string(i), std::to_string(i));
        h.takes[std::to_string(i)] = 10s;
    }
    auto crash = [&]() -> awaitable<> {
        co_await sleep_for(15s);
        s.sink.die();
        s.member.die();
        co_await sleep_for(1h);
    };
    BOOST_CHECK_THROW(co_await s.run(h.get(), crash), failure);

    auto& member = s.broker.join(s.group);
    cancellation stop;
    flow heir{
        member, s.broker.producer(), s.settings,
        flow_environment{.log = {}, .numbers = s.numbers, .time = s.broker.time(), .stop = stop.token(), .seed = 1}};
    auto live = [&](scope& children) -> awaitable<> {
        children.spawn(heir.run(h.get()));
        s.group.assign(member, {{"in", 0}});
        co_await s.until([&] { return s.committed() == 10; });
        co_await sleep_for(1min);
        stop.cancel(cancel_reason::shutdown);
    };
    co_await with_scope({}, live);
    auto all = values(h);
    BOOST_TEST(all.size() > 5u);
    std::ranges::sort(all);
    BOOST_TEST(std::ranges::unique(all).empty());
}

SLUICE_VIRTUAL_TEST_CASE(at_most_once_what_is_not_surely_committed_is_not_handled_before_it_is)
{
    stage s{co_await asio::this_coro::executor};
    at_most_once(s);
    scripted_handler h{s};
    s.put("a");
    s.member.script_commit(refused(errc::unavailable));
    s.member.script_commit(refused(errc::timed_out, true));  // it happened, but who knows
    s.member.script_commit(refused(errc::rebalancing));
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1ms);
        BOOST_TEST(h.started.empty());
        co_await s.until([&] { return h.started.size() == 1u; });
        co_await sleep_for(1min);
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(values(h) == strings{"a"}, boost::test_tools::per_element());
    int acknowledged = 0;
    for (const auto& one : s.broker.history().steps())
        if (one.what == step::kind::commit_answered && one.note.empty()) ++acknowledged;
    BOOST_TEST(acknowledged == 1);
}

SLUICE_VIRTUAL_TEST_CASE(at_most_once_what_another_has_is_not_handled_here)
{
    stage s{co_await asio::this_coro::executor};
    at_most_once(s);
    scripted_handler h{s};
    s.put("a");
    s.broker.habits().commit = [] { return fate{.after = 1s}; };
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(500ms);
        s.group.lose({{"in", 0}});
        co_await sleep_for(1min);
        BOOST_TEST(h.started.empty());
        s.group.assign(s.member, {{"in", 0}});
        co_await s.until([&] { return s.committed() == 1; });
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(values(h) == strings{"a"}, boost::test_tools::per_element());
}

SLUICE_VIRTUAL_TEST_CASE(at_most_once_a_hand_over_and_a_stop_work_off_what_is_committed)
{
    stage s{co_await asio::this_coro::executor};
    at_most_once(s);
    scripted_handler h{s};
    for (const auto* value : {"a", "b", "c"}) {
        s.put(value);
        h.takes[value] = 1s;
    }
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(500ms);
        BOOST_TEST(h.started.size() == 1u);
        s.group.revoke({{"in", 0}});
        co_await sleep_for(5s);
        BOOST_TEST(s.group.owner({"in", 0}) == nullptr);
        BOOST_TEST(h.ended == (strings{"a", "b", "c"}), boost::test_tools::per_element());
        s.put("d");
        s.put("e");
        s.broker.habits().commit = [] { return fate{.after = 100ms}; };
        s.group.assign(s.member, {{"in", 0}});
        co_await sleep_for(50ms);  // stopped in the middle of a commit
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.ended == (strings{"a", "b", "c", "d", "e"}), boost::test_tools::per_element());
    BOOST_TEST(s.totals().abandoned == 0u);
}

SLUICE_VIRTUAL_TEST_CASE(at_most_once_a_drain_ends_at_its_time_and_says_how_many_it_cuts)
{
    stage s{co_await asio::this_coro::executor};
    at_most_once(s);
    s.settings.drain = 10s;
    scripted_handler h{s};
    for (int i = 0; i < 20; ++i) {
        s.put(std::to_string(i));
        h.takes[std::to_string(i)] = 4s;
    }
    auto script = [&]() -> awaitable<> { co_await sleep_for(1s); };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.ended.size() == 2u);
    BOOST_TEST(h.started.size() == 3u);
    BOOST_TEST(s.totals().abandoned == 18u);
    BOOST_TEST((s.elapsed() < 12s));
}

SLUICE_VIRTUAL_TEST_CASE(at_most_once_a_late_answer_to_a_commit_does_not_take_a_claim_back)
{
    stage s{co_await asio::this_coro::executor};
    late_answer late{s.member};
    claiming subject{late, s.settings, s.log};
    s.group.assign(s.member, {{"in", 0}});
    co_await subject.next();
    positions at;
    at.push_back({{"in", 0}, position::stored, {}});
    co_await subject.accept(at);
    s.put("handled");
    co_await subject.next();
    // Past a gap, as with nothing running.
    s.broker.log().skip({"in", 0}, 1);
    at[0].offset = 2;
    s.put("a");
    s.put("b");
    auto idle = [&](scope& children) -> awaitable<> {
        auto commit = [&]() -> awaitable<> { co_await subject.commit(at); };
        children.spawn(commit());
        co_await sleep_for(500ms);
        co_await subject.next();
        BOOST_TEST(*s.committed() == 4);
        co_await children.join();
    };
    co_await with_scope({}, idle);
    // One of the two is handled.
    at[0].offset = 3;
    co_await subject.commit(at);
    BOOST_TEST(*s.committed() == 4);
}

}  // namespace sluice::testing
