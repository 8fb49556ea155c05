#include "simulation/flow/stage.hpp"

#include "sluice/record/deadline.hpp"

namespace sluice::testing {

namespace {

headers until(const stage& s, duration span)
{
    return {deadline_at(s.broker.time().wall() + std::chrono::duration_cast<std::chrono::milliseconds>(span))};
}

}  // namespace

SLUICE_VIRTUAL_TEST_CASE(an_expired_record_is_dead_lettered_unexecuted)
{
    stage s{co_await asio::this_coro::executor};
    scripted_handler h{s};
    s.put("late", {}, 0, until(s, 0s));
    s.put("in time", {}, 0, until(s, 1s));
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 2; }); };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.ended == (std::vector<std::string>{"in time"}), boost::test_tools::per_element());
    BOOST_TEST(h.started.size() == 1u);
    const auto letters = s.dead_letters();
    BOOST_REQUIRE(letters.size() == 1u);
    BOOST_TEST(*letters[0].value == "late");
    BOOST_TEST(*letters[0].header("sluice-error-class") == "expired");
    BOOST_TEST(*letters[0].header("sluice-attempt") == "0");
    BOOST_TEST(s.totals().handled == 1u);
}

SLUICE_VIRTUAL_TEST_CASE(a_deadline_that_passes_cancels_the_handler_with_its_reason)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.retry = {.attempts = 5, .first_delay = 1s};
    scripted_handler h{s};
    h.takes["slow"] = 1h;
    s.put("slow", {}, 0, until(s, 2s));
    s.put("next");
    std::optional<cancel_reason> why;
    std::optional<on_cancel> told;
    auto handler = [&](const record& what, context& about) {
        if (what.value() == "slow") told.emplace(about.token(), [&](cancel_reason reason) { why = reason; });
        return h.get()(what, about);
    };
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 2; }); };
    co_await s.run(handler, script);
    BOOST_CHECK(why == cancel_reason::deadline);
    BOOST_TEST(h.cut_short == (std::vector<std::string>{"slow"}), boost::test_tools::per_element());
    BOOST_TEST(h.ended == (std::vector<std::string>{"next"}), boost::test_tools::per_element());
    BOOST_TEST((s.elapsed() < 3s));
    const auto letters = s.dead_letters();
    BOOST_REQUIRE(letters.size() == 1u);
    BOOST_TEST(*letters[0].header("sluice-error-class") == "expired");
    BOOST_TEST(*letters[0].header("sluice-attempt") == "1");
}

SLUICE_VIRTUAL_TEST_CASE(a_record_without_time_for_another_attempt_waits_for_none)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.retry = {.attempts = 5, .first_delay = 10s, .max_delay = 10s};
    scripted_handler h{s};
    h.failures["ill"] = -1;
    s.put("ill", {}, 0, until(s, 3s));
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 1; }); };
    co_await s.run(h.get(), script);
    BOOST_TEST((s.elapsed() < 1s));
    BOOST_TEST(h.started.size() == 1u);
    BOOST_TEST(*s.dead_letters().at(0).header("sluice-error-class") == "expired");
    BOOST_TEST(*s.dead_letters().at(0).header("sluice-error") == "not today");
}

SLUICE_VIRTUAL_TEST_CASE(what_is_emitted_has_the_deadline_of_its_cause_unless_it_has_its_own)
{
    stage s{co_await asio::this_coro::executor};
    scripted_handler h{s};
    const auto limit = until(s, 1h);
    h.replies["a"].add({"out", "k", "inherits", {}, {}, {}});
    h.replies["a"].add({"out", "k", "has its own", {{"sluice-deadline", "9999999999999"}}, {}, {}});
    s.put("a", {}, 0, limit);
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 1; }); };
    co_await s.run(h.get(), script);
    const auto emitted = s.emitted();
    BOOST_REQUIRE(emitted.size() == 2u);
    BOOST_TEST(*emitted[0].header("sluice-deadline") == *limit[0].value);
    BOOST_TEST(*emitted[1].header("sluice-deadline") == "9999999999999");
}

SLUICE_VIRTUAL_TEST_CASE(deadlines_of_nonsense_stop_nothing)
{
    stage s{co_await asio::this_coro::executor};
    scripted_handler h{s};
    s.put("never", {}, 0, {{"sluice-deadline", "9223372036854775807"}});
    s.put("words", {}, 0, {{"sluice-deadline", "tomorrow"}});
    s.put("long ago", {}, 0, {{"sluice-deadline", "-9223372036854775808"}});
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 3; }); };
    co_await s.run(h.get(), script);
    BOOST_TEST(h.ended == (std::vector<std::string>{"never", "words"}), boost::test_tools::per_element());
    BOOST_TEST(s.dead_letters().size() == 1u);
}

}  // namespace sluice::testing
