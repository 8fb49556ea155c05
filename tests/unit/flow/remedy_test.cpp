#include "sluice/flow/remedy.hpp"

#include "sluice/base/async.hpp"
#include "sluice/base/result.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <system_error>

namespace {

using namespace sluice;
using namespace std::chrono_literals;
using kind = handler_failure::kind;

BOOST_AUTO_TEST_SUITE(remedies_of_failures)

template <class Error>
kind kind_of(Error error, const failure_policy& policy = {})
{
    return classify(std::make_exception_ptr(std::move(error)), policy).what;
}

BOOST_AUTO_TEST_CASE(errors_are_told_apart_by_what_they_speak_of)
{
    namespace boosts = boost::system;
    const auto ours = [](errc code) { return failure{error{code}}; };
    for (const auto code :
         {errc::unavailable, errc::timed_out, errc::not_sent, errc::outcome_unknown, errc::overloaded})
        BOOST_CHECK(kind_of(ours(code)) == kind::unavailable);
    for (const auto code : {errc::invalid, errc::corrupt}) BOOST_CHECK(kind_of(ours(code)) == kind::permanent);
    for (const auto code : {errc::not_found, errc::closed, errc::rebalancing})
        BOOST_CHECK(kind_of(ours(code)) == kind::retryable);
    for (const boosts::error_code code :
         {boosts::error_code{asio::error::connection_refused}, boosts::error_code{asio::error::connection_reset},
          boosts::error_code{asio::error::timed_out}, boosts::error_code{asio::error::eof},
          boosts::error_code{asio::error::host_not_found}, make_error_code(boosts::errc::host_unreachable)})
        BOOST_CHECK(kind_of(boosts::system_error{code}) == kind::unavailable);
    BOOST_CHECK(kind_of(boosts::system_error{make_error_code(boosts::errc::invalid_argument)}) == kind::permanent);
    BOOST_CHECK(kind_of(boosts::system_error{asio::error::operation_aborted}) == kind::retryable);
    const auto of = [](std::errc code) { return std::system_error{make_error_code(code)}; };
    BOOST_CHECK(kind_of(of(std::errc::broken_pipe)) == kind::unavailable);
    BOOST_CHECK(kind_of(of(std::errc::value_too_large)) == kind::permanent);
    BOOST_CHECK(kind_of(of(std::errc::no_space_on_device)) == kind::retryable);
    BOOST_CHECK(kind_of(std::system_error{ECONNREFUSED, std::system_category()}) == kind::unavailable);
    // A result<> carries foreign codes too.
    BOOST_CHECK(kind_of(failure{error{error_code{asio::error::connection_refused}}}) == kind::unavailable);
    BOOST_CHECK(kind_of(std::invalid_argument{"stoi"}) == kind::permanent);
    BOOST_CHECK(kind_of(std::length_error{"x"}) == kind::permanent);
    BOOST_CHECK(kind_of(std::out_of_range{"at"}) == kind::retryable);
    BOOST_CHECK(kind_of(std::runtime_error{"x"}) == kind::retryable);
    BOOST_CHECK(kind_of(undecodable{"x"}) == kind::decode);
    BOOST_CHECK(kind_of(42) == kind::retryable);
}

BOOST_AUTO_TEST_CASE(the_flows_own_word_comes_first)
{
    const failure_policy policy = [](const std::exception_ptr& error) -> std::optional<kind> {
        try {
            std::rethrow_exception(error);
        } catch (const permanent_failure&) {
            return kind::unavailable;
        } catch (...) {
            return std::nullopt;
        }
    };
    BOOST_CHECK(kind_of(permanent_failure{"x"}, policy) == kind::unavailable);
    BOOST_CHECK(kind_of(std::invalid_argument{"x"}, policy) == kind::permanent);
    BOOST_TEST(classify(std::make_exception_ptr(permanent_failure{"words"}), policy).message == "words");
}

struct expected {
    const char* what;
    failed_attempt failed;
    remedy::kind then;
    kind why;
};

BOOST_AUTO_TEST_CASE(a_failed_attempt_is_repeated_as_long_as_attempts_and_time_are_left)
{
    flow_settings settings;
    settings.retry = {.attempts = 3, .first_delay = 10s, .max_delay = 10s, .total = 60s};
    using then = remedy::kind;
    const expected table[]{
        {"first", {.number = 1}, then::again, kind::retryable},
        {"unavailable", {.why = kind::unavailable}, then::again, kind::unavailable},
        {"second", {.number = 2}, then::again, kind::retryable},
        {"last", {.number = 3}, then::bury, kind::retryable},
        {"beyond the last", {.number = 9}, then::bury, kind::retryable},
        {"permanent", {.why = kind::permanent}, then::bury, kind::permanent},
        {"decode", {.why = kind::decode}, then::bury, kind::decode},
        {"expired", {.why = kind::expired}, then::bury, kind::expired},
        {"time left", {.number = 1, .since_first = 49s}, then::again, kind::retryable},
        {"no time left", {.number = 1, .since_first = 56s}, then::bury, kind::retryable},
        {"before the deadline", {.number = 1, .left = 11s}, then::again, kind::retryable},
        {"not before the deadline", {.number = 1, .left = 4s}, then::bury, kind::expired},
        {"permanent before the deadline", {.why = kind::permanent, .left = 4s}, then::bury, kind::permanent},
    };
    remedies all{settings, 1};
    for (const auto& [what, failed, then, why] : table) BOOST_TEST_CONTEXT(what)
        {
            const auto got = all.after(failed);
            BOOST_CHECK(got.what == then);
            BOOST_CHECK(got.why == why);
            BOOST_CHECK((then == remedy::kind::again) == (got.delay >= 5s && got.delay <= 10s));
        }
    settings.retry.attempts = 1;
    settings.retry_topics = {1s, 30s};
    remedies round{settings, 1};
    for (std::int32_t number = 1; number <= 2; ++number) {
        const auto detour = round.after({.number = number});
        BOOST_CHECK(detour.what == remedy::kind::detour);
        BOOST_CHECK(detour.delay == settings.retry_topics[static_cast<std::size_t>(number - 1)]);
    }
    BOOST_CHECK(round.after({.number = 3}).what == then::bury);
    BOOST_CHECK(round.after({.why = kind::permanent, .number = 1}).what == then::bury);
    BOOST_CHECK(round.after({.number = 2, .left = 29s}).why == kind::expired);
    settings.retry_topics.clear();
    settings.retry = {.attempts = 3};
    BOOST_CHECK((remedies{settings, 1}.after({.since_first = 1000h}).what == then::again));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
