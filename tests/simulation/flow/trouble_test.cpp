#include "simulation/flow/stage.hpp"
#include "sluice/record/source_decorator.hpp"

namespace sluice::testing {

namespace {

using strings = std::vector<std::string>;

const partitions first{{"in", 0}};

/// A sink of somebody else's, which throws where ours answers.
class throwing_sink final : public sink {
public:
    throwing_sink(sink& to, int throws) : to_{to}, throws_{throws} {}

    awaitable<result<position>> send(outgoing what) override { return to_.send(std::move(what)); }
    awaitable<std::vector<result<position>>> send_all(std::vector<outgoing> what) override
    {
        if (throws_-- > 0) throw std::runtime_error{"a sink of little patience"};
        return to_.send_all(std::move(what));
    }
    [[nodiscard]] std::optional<std::int32_t> partitions_of(std::string_view topic) const override
    {
        return to_.partitions_of(topic);
    }

private:
    sink& to_;
    int throws_;
};

/// A source of somebody else's, whose first commit throws.
class throwing_source final : public source_decorator {
public:
    using source_decorator::source_decorator;

    awaitable<result<>> commit(positions finished) override
    {
        if (std::exchange(throws_, false)) throw std::runtime_error{"no commit today"};
        return from_.commit(std::move(finished));
    }

private:
    bool throws_ = true;
};

flow_environment environment_of(stage& s)
{
    return {.log = {}, .numbers = s.numbers, .time = s.broker.time(), .stop = s.stop.token(), .seed = 1};
}

}  // namespace

SLUICE_VIRTUAL_TEST_CASE(cancelling_the_caller_while_a_partition_drains_cuts_nothing_short)
{
    stage s{co_await asio::this_coro::executor, 2};
    s.settings.commit_interval = 1h;
    scripted_handler h{s};
    s.put("leaving", "a", 0);
    s.put("staying", "b", 1);
    h.takes["leaving"] = h.takes["staying"] = 5s;
    scope callers{co_await asio::this_coro::executor};
    auto script = []() -> awaitable<> { co_await sleep_for(24h); };
    auto work = s.run(h.get(), script);
    callers.spawn(std::move(work));
    co_await sleep_for(1s);
    s.group.revoke(first);
    co_await sleep_for(1s);
    callers.cancel();
    co_await callers.join();
    BOOST_TEST(h.cut_short.empty());
    BOOST_TEST(h.ended == (strings{"leaving", "staying"}), boost::test_tools::per_element());
    BOOST_TEST(s.committed(0).value_or(-1) == 1);
    BOOST_TEST(s.committed(1).value_or(-1) == 1);
    BOOST_TEST(s.member.closed());
}

SLUICE_VIRTUAL_TEST_CASE(cancelling_the_caller_is_not_forgotten_when_the_flow_has_ended)
{
    stage s{co_await asio::this_coro::executor};
    scripted_handler h{s};
    flow subject{s.member, s.sink, s.settings, environment_of(s)};
    bool went_on = false;
    auto body = [&]() -> awaitable<> {
        co_await subject.run(h.get());
        co_await sleep_for(1min);
        went_on = true;
    };
    scope callers{co_await asio::this_coro::executor};
    auto work = body();
    callers.spawn(std::move(work));
    co_await sleep_for(1s);
    callers.cancel();
    co_await callers.join();
    BOOST_TEST(s.member.closed());
    BOOST_TEST(!went_on);
}

SLUICE_VIRTUAL_TEST_CASE(cancelling_the_caller_while_the_flow_drains_cuts_nothing_short)
{
    stage s{co_await asio::this_coro::executor};
    scripted_handler h{s};
    s.put("a");
    h.takes["a"] = 5s;
    flow subject{s.member, s.sink, s.settings, environment_of(s)};
    s.group.assign(s.member, first);
    scope callers{co_await asio::this_coro::executor};
    auto work = subject.run(h.get());
    callers.spawn(std::move(work));
    co_await sleep_for(1s);
    s.stop.cancel(cancel_reason::shutdown);
    co_await sleep_for(1s);
    callers.cancel();
    co_await callers.join();
    BOOST_TEST(h.cut_short.empty());
    BOOST_TEST(s.committed().value_or(-1) == 1);
    BOOST_TEST(s.member.closed());
}

SLUICE_VIRTUAL_TEST_CASE(a_stop_during_a_revocation_does_not_drain_twice_as_long)
{
    stage s{co_await asio::this_coro::executor, 2};
    scripted_handler h{s};
    s.put("leaving", "a", 0);
    s.put("staying", "b", 1);
    h.takes["leaving"] = h.takes["staying"] = 24h;
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1s);
        s.group.revoke(first);
        co_await sleep_for(1s);
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.cut_short.size() == 2u);
    BOOST_TEST((s.elapsed() <= 2s + s.settings.drain));
}

SLUICE_VIRTUAL_TEST_CASE(a_sink_that_throws_is_asked_again)
{
    stage s{co_await asio::this_coro::executor};
    scripted_handler h{s};
    h.failures["poison"] = -1;
    s.put("poison");
    s.put("well");
    throwing_sink to{s.sink, 3};
    flow subject{s.member, to, s.settings, environment_of(s)};
    s.group.assign(s.member, first);
    auto body = [&](scope& children) -> awaitable<> {
        children.spawn(subject.run(h.get()));
        co_await s.until([&] { return s.committed() == 2; });
        s.stop.cancel(cancel_reason::shutdown);
    };
    co_await with_scope({}, body);
    BOOST_TEST(s.dead_letters().size() == 1u);
    BOOST_TEST(h.ended == (strings{"well"}), boost::test_tools::per_element());
}

SLUICE_VIRTUAL_TEST_CASE(a_last_commit_that_throws_does_not_keep_the_group_from_being_left)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.commit_interval = 1h;
    scripted_handler h{s};
    s.put("a");
    throwing_source from{s.member};
    flow subject{from, s.sink, s.settings, environment_of(s)};
    s.group.assign(s.member, first);
    std::string why;
    auto body = [&](scope& children) -> awaitable<> {
        children.spawn(subject.run(h.get()));
        co_await s.until([&] { return h.ended.size() == 1u; });
        s.stop.cancel(cancel_reason::shutdown);
    };
    try {
        co_await with_scope({}, body);
    } catch (const std::runtime_error& failed) {
        why = failed.what();
    }
    BOOST_TEST(why == "no commit today");
    BOOST_TEST(s.member.closed());
    BOOST_TEST(subject.totals().uncommitted);
}

SLUICE_VIRTUAL_TEST_CASE(a_source_that_throws_ends_the_flow_in_order)
{
    stage s{co_await asio::this_coro::executor};
    scripted_handler h{s};
    s.put("a");
    s.put("b");
    h.takes["b"] = 1min;
    throwing_source from{s.member};
    flow subject{from, s.sink, s.settings, environment_of(s)};
    s.group.assign(s.member, first);
    std::string why;
    try {
        co_await subject.run(h.get());
    } catch (const std::runtime_error& failed) {
        why = failed.what();
    }
    BOOST_TEST(why == "no commit today");
    BOOST_TEST(s.committed().value_or(-1) == 1);
    BOOST_TEST(s.member.closed());
}

}  // namespace sluice::testing
