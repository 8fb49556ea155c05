#include "simulation/flow/stage.hpp"

#include <algorithm>
#include <set>

namespace sluice::testing {
namespace {

const failure no_answer{error{errc::unavailable, "no answer"}};

/// A handler that asks a service which may be down; asking takes 10 ms.
class asking_handler {
public:
    explicit asking_handler(const stage& on) : on_{on} {}

    bool down = false;
    std::set<std::string> hopeless;           ///< the service never answers to these
    std::map<std::string, int> asked;         ///< how often, by value
    std::map<std::string, int> last_attempt;  ///< the attempt that it was, by value
    std::vector<duration> starts, ends;       ///< of all that were asked, and answered
    std::size_t at_once = 0, most_at_once = 0;

    record_handler get()
    {
        return [this](const record& what, context& about) { return ask(what, about); };
    }
    [[nodiscard]] std::size_t ended_between(duration from, duration to) const
    {
        return static_cast<std::size_t>(
            std::ranges::count_if(ends, [&](duration at) { return at >= from && at < to; }));
    }
    [[nodiscard]] std::size_t started_between(duration from, duration to) const
    {
        return static_cast<std::size_t>(
            std::ranges::count_if(starts, [&](duration at) { return at >= from && at < to; }));
    }

private:
    awaitable<reply> ask(const record& what, context& about)
    {
        const std::string value{*what.value()};
        ++asked[value];
        last_attempt[value] = about.attempt();
        starts.push_back(on_.elapsed());
        most_at_once = std::max(most_at_once, ++at_once);
        co_await sleep_for(10ms);
        --at_once;
        if (down || hopeless.contains(value)) throw no_answer;
        ends.push_back(on_.elapsed());
        co_return reply{};
    }

    const stage& on_;
};

void set_up(stage& s, std::int32_t attempts)
{
    s.settings.order = by_key{.running = 32};
    s.settings.retry = {.attempts = attempts, .first_delay = 100ms, .max_delay = 1s};
    s.settings.breaker = breaker_settings{.window = 20, .failures = 0.5, .open = 1s};
}

}  // namespace

SLUICE_VIRTUAL_TEST_CASE(an_outage_of_30_seconds_costs_no_record_an_attempt_and_is_made_up_for_at_full_speed)
{
    stage s{co_await asio::this_coro::executor, 4};
    set_up(s, 3);
    asking_handler h{s};
    std::int64_t sent = 0;
    // 1,000 a second, of the 3,200 that 32 handlers of 10 ms can do.
    auto busy = [&](duration span) -> awaitable<> {
        for (const auto end = s.elapsed() + span; s.elapsed() < end; co_await sleep_for(10ms))
            for (int i = 0; i < 10; ++i, ++sent)
                s.put(std::to_string(sent), "k" + std::to_string(sent % 997), static_cast<std::int32_t>(sent % 4));
    };
    duration down_at{}, up_at{};
    auto script = [&]() -> awaitable<> {
        co_await busy(2s);
        h.down = true;
        down_at = s.elapsed();
        co_await busy(1s);
        BOOST_TEST(s.totals().open);
        BOOST_TEST(!s.member.open());  // at the bound, nothing more is taken
        BOOST_TEST(s.group.owned_by(s.member).size() == 4u);
        co_await busy(29s);
        h.down = false;
        up_at = s.elapsed();
        co_await busy(4s);
        co_await s.until([&] { return s.totals().handled == static_cast<std::uint64_t>(sent); });
        BOOST_TEST(!s.totals().open);
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(s.dead_letters().empty());
    for (const auto& [value, attempt] : h.last_attempt)
        if (attempt != 1) BOOST_ERROR("attempt " << attempt << " of " << value);
    // 30 probes, and what ran when it opened.
    BOOST_TEST(h.started_between(down_at, up_at) <= 20u + 32u + 32u);
    BOOST_TEST(h.ended_between(down_at + 20ms, up_at) == 0u);
    // Within two seconds of the end of the outage: as fast as the handlers can be.
    BOOST_TEST(h.ended_between(up_at + 1s + 50ms, up_at + 2s) >= 3200u * 9 / 10);
    BOOST_TEST(s.totals().openings == 1u);
    BOOST_TEST(h.most_at_once == 32u);
}

SLUICE_VIRTUAL_TEST_CASE(an_outage_costs_no_attempt_also_where_one_failure_would_be_the_last)
{
    stage s{co_await asio::this_coro::executor};
    set_up(s, 1);
    asking_handler h{s};
    h.down = true;
    for (int i = 0; i < 3; ++i) s.put(std::to_string(i), std::to_string(i));
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(10min);
        BOOST_TEST(s.committed().value_or(0) == 0);
        h.down = false;
        co_await s.until([&] { return s.committed() == 3; });
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(s.dead_letters().empty());
    BOOST_TEST(s.totals().openings >= 1u);
    BOOST_TEST(h.started_between(0s, 10min) < 800u);
}

SLUICE_VIRTUAL_TEST_CASE(a_record_that_alone_gets_no_answer_is_charged_for_it_in_the_end)
{
    stage s{co_await asio::this_coro::executor};
    set_up(s, 3);
    asking_handler h{s};
    h.hopeless.insert("hopeless");
    s.put("hopeless", "h");
    auto script = [&]() -> awaitable<> {
        for (int i = 0; i < 1000; ++i) {
            s.put(std::to_string(i), std::to_string(i));
            co_await sleep_for(20ms);
        }
        co_await s.until([&] { return s.committed() == 1001; });
    };
    co_await s.run(h.get(), script);
    const auto letters = s.dead_letters();
    BOOST_REQUIRE(letters.size() == 1u);
    BOOST_TEST(*letters[0].value == "hopeless");
    BOOST_TEST(*letters[0].header("sluice-error-class") == "exhausted");
    BOOST_TEST(*letters[0].header("sluice-attempt") == "3");
    BOOST_TEST(s.totals().openings == 0u);
}

SLUICE_VIRTUAL_TEST_CASE(an_answer_ends_the_doubt_so_that_what_failed_before_it_is_not_charged_to_the_next_attempt)
{
    stage s{co_await asio::this_coro::executor};
    set_up(s, 2);
    enum class answers : std::uint8_t { none, an_error, well };
    std::vector<answers> script_of{answers::none, answers::an_error, answers::none, answers::well};
    std::vector<std::int32_t> attempts;
    auto handler = [&](const record& what, context& about) -> awaitable<reply> {
        if (*what.value() != "troubled") co_return reply{};
        const auto how = script_of.at(attempts.size());
        attempts.push_back(about.attempt());
        if (how == answers::none) throw no_answer;
        if (how == answers::an_error) throw std::runtime_error{"no"};
        co_return reply{};
    };
    s.put("troubled", "t");
    auto script = [&]() -> awaitable<> {
        // Many windows of outcomes between one attempt and the next.
        for (int i = 0; i < 2000; ++i) {
            s.put(std::to_string(i), std::to_string(i));
            co_await sleep_for(1ms);
        }
        co_await s.until([&] { return s.committed() == 2001; });
    };
    co_await s.run(handler, script);
    BOOST_TEST(attempts == (std::vector<std::int32_t>{1, 1, 2, 2}), boost::test_tools::per_element());
    BOOST_TEST(s.dead_letters().empty());
    BOOST_TEST(s.totals().openings == 0u);
}

SLUICE_VIRTUAL_TEST_CASE(failures_of_other_kinds_do_not_open_the_breaker)
{
    stage s{co_await asio::this_coro::executor};
    set_up(s, 2);
    scripted_handler h{s};
    for (int i = 0; i < 100; ++i) {
        h.failures[std::to_string(i)] = -1;
        s.put(std::to_string(i), std::to_string(i));
    }
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 100; }); };
    co_await s.run(h.get(), script);
    BOOST_TEST(s.dead_letters().size() == 100u);
    BOOST_TEST(s.totals().openings == 0u);
}

SLUICE_VIRTUAL_TEST_CASE(a_shutdown_and_a_revocation_do_not_wait_for_the_breaker)
{
    stage s{co_await asio::this_coro::executor, 2};
    set_up(s, 2);
    s.settings.breaker->open = 1h;
    asking_handler h{s};
    h.down = true;
    for (int i = 0; i < 100; ++i) s.put(std::to_string(i), std::to_string(i), i % 2);
    auto script = [&]() -> awaitable<> {
        co_await s.until([&] { return s.totals().open; });
        co_await sleep_for(1s);
        const partitions first{{"in", 0}};
        s.group.revoke(first);
        co_await sleep_for(1s);
        BOOST_TEST(s.group.owner({"in", 0}) == nullptr);
    };
    co_await s.run(h.get(), script);
    BOOST_TEST((s.elapsed() < 10s));
    BOOST_TEST(s.dead_letters().empty());
}

SLUICE_VIRTUAL_TEST_CASE(handlers_start_no_faster_than_the_limit_of_the_flow)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.order = unordered{.running = 64};
    s.settings.limit = rate_limit{.per_second = 50, .burst = 10};
    asking_handler h{s};
    for (int i = 0; i < 510; ++i) s.put(std::to_string(i));
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.totals().handled == 510u; }); };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.started_between(0s, 5ms) == 10u);
    for (int second = 0; second < 10; ++second)
        BOOST_TEST(h.started_between(second * 1s + 5ms, (second + 1) * 1s + 5ms) == 50u);
    BOOST_TEST((s.elapsed() >= 10s && s.elapsed() < 10s + 100ms));
}

}  // namespace sluice::testing
