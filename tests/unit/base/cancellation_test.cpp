#include "sluice/base/cancellation.hpp"

#include "sluice/base/result.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/testing/test_case.hpp"

BOOST_TEST_DONT_PRINT_LOG_VALUE(sluice::cancel_reason)

namespace sluice {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(a_default_token_is_never_cancelled)
{
    const cancellation_token token;
    BOOST_TEST(!token.cancelled());
    BOOST_TEST(token.reason() == cancel_reason::none);
    BOOST_TEST(!token.stop_token().stop_possible());
    bool called = false;
    const on_cancel callback{token, [&](cancel_reason) { called = true; }};
    const cancellation child{token};
    BOOST_TEST(!child.token().cancelled());
    BOOST_TEST(!called);
}

BOOST_AUTO_TEST_CASE(cancelling_a_node_cancels_what_descends_from_it_and_nothing_else)
{
    cancellation process;
    cancellation role{process.token()}, other_role{process.token()};
    cancellation record{role.token()};
    role.cancel(cancel_reason::revoked);
    BOOST_TEST(role.token().reason() == cancel_reason::revoked);
    BOOST_TEST(record.token().reason() == cancel_reason::revoked);
    BOOST_TEST(!process.token().cancelled());
    BOOST_TEST(!other_role.token().cancelled());
}

BOOST_AUTO_TEST_CASE(the_first_reason_wins)
{
    cancellation parent;
    cancellation child{parent.token()};
    child.cancel(cancel_reason::deadline);
    parent.cancel(cancel_reason::shutdown);
    parent.cancel(cancel_reason::lost);
    BOOST_TEST(child.token().reason() == cancel_reason::deadline);
    BOOST_TEST(parent.token().reason() == cancel_reason::shutdown);
}

BOOST_AUTO_TEST_CASE(a_child_of_a_cancelled_node_is_born_cancelled)
{
    cancellation parent;
    parent.cancel(cancel_reason::shutdown);
    const cancellation child{parent.token()};
    BOOST_TEST(child.token().reason() == cancel_reason::shutdown);
    auto called = cancel_reason::none;
    const on_cancel callback{child.token(), [&](cancel_reason why) { called = why; }};
    BOOST_TEST(called == cancel_reason::shutdown);
}

BOOST_AUTO_TEST_CASE(a_branch_stays_whole_when_a_node_between_is_destroyed)
{
    cancellation root;
    std::optional<cancellation> middle{std::in_place, root.token()};
    const cancellation leaf{middle->token()};
    middle.reset();
    BOOST_TEST(!leaf.token().cancelled());
    root.cancel(cancel_reason::shutdown);
    BOOST_TEST(leaf.token().cancelled());
}

BOOST_AUTO_TEST_CASE(a_token_outlives_its_cancellation)
{
    std::optional<cancellation> source{std::in_place};
    const auto token = source->token();
    source.reset();
    BOOST_TEST(!token.cancelled());
}

BOOST_AUTO_TEST_CASE(a_callback_is_called_once_and_not_after_it_was_destroyed)
{
    cancellation source;
    int kept = 0, gone = 0;
    const on_cancel stays{source.token(), [&](cancel_reason) { ++kept; }};
    {
        const on_cancel leaves{source.token(), [&](cancel_reason) { ++gone; }};
    }
    source.cancel(cancel_reason::unwanted);
    source.cancel(cancel_reason::unwanted);
    BOOST_TEST(kept == 1);
    BOOST_TEST(gone == 0);
}

BOOST_AUTO_TEST_CASE(a_callback_may_destroy_itself_its_siblings_and_the_whole_tree)
{
    auto root = std::make_unique<cancellation>();
    auto child = std::make_unique<cancellation>(root->token());
    std::string called;
    std::unique_ptr<on_cancel> first, second, third, below;
    first = std::make_unique<on_cancel>(root->token(), [&](cancel_reason) {
        called += '1';
        first.reset();
        second.reset();
    });
    second = std::make_unique<on_cancel>(root->token(), [&](cancel_reason) { called += '2'; });
    third = std::make_unique<on_cancel>(root->token(), [&](cancel_reason) {
        called += '3';
        child.reset();
        root.reset();
        third.reset();
    });
    below = std::make_unique<on_cancel>(child->token(), [&](cancel_reason) { called += 'x'; });
    root->cancel(cancel_reason::shutdown);
    // The child node lives on in the callback below it, and is cancelled with its parent.
    BOOST_TEST(called == "13x");
}

BOOST_AUTO_TEST_CASE(a_callback_may_add_others)
{
    cancellation root;
    std::string called;
    std::optional<on_cancel> added;
    std::optional<cancellation> late;
    const on_cancel adds{root.token(), [&](cancel_reason) {
                             called += '1';
                             added.emplace(root.token(), [&](cancel_reason) { called += '2'; });
                             late.emplace(root.token());
                         }};
    root.cancel(cancel_reason::shutdown);
    BOOST_TEST(called == "12");
    BOOST_TEST(late->token().cancelled());
}

BOOST_AUTO_TEST_CASE(a_stop_token_is_asked_to_stop_whenever_it_was_taken)
{
    cancellation parent;
    cancellation child{parent.token()};
    const auto before = child.token().stop_token();
    BOOST_TEST(before.stop_possible());
    BOOST_TEST(!before.stop_requested());
    parent.cancel(cancel_reason::shutdown);
    BOOST_TEST(before.stop_requested());
    BOOST_TEST(parent.token().stop_token().stop_requested());
}

BOOST_AUTO_TEST_CASE(only_what_says_cancelled_is_a_cancellation)
{
    const auto said = [](auto error) { return is_cancellation(std::make_exception_ptr(error)); };
    using boost::system::system_error;
    BOOST_TEST(said(system_error{asio::error::operation_aborted}));
    BOOST_TEST(said(system_error{make_error_code(errc::cancelled)}));
    BOOST_TEST(said(failure{errc::cancelled}));
    BOOST_TEST(!said(failure{errc::timed_out}));
    BOOST_TEST(!said(system_error{asio::error::eof}));
    BOOST_TEST(!said(std::runtime_error{"cancelled"}));
}

SLUICE_VIRTUAL_TEST_CASE(a_deadline_cancels_at_its_time)
{
    auto& time = clock::of(co_await asio::this_coro::executor);
    const cancellation limit{{}, time, time.now() + 5s};
    co_await sleep_for(5s - 1ns);
    BOOST_TEST(!limit.token().cancelled());
    co_await sleep_for(1ns);
    BOOST_TEST(limit.token().reason() == cancel_reason::deadline);
}

SLUICE_VIRTUAL_TEST_CASE(a_deadline_goes_with_its_cancellation)
{
    auto& time = clock::of(co_await asio::this_coro::executor);
    {
        const cancellation limit{{}, time, time.now() + 5s};
        BOOST_TEST(time.next().has_value());
    }
    BOOST_TEST(!time.next().has_value());
}

SLUICE_VIRTUAL_TEST_CASE(the_callback_of_a_deadline_may_destroy_what_holds_it)
{
    auto& time = clock::of(co_await asio::this_coro::executor);
    std::optional<cancellation> limit;
    limit.emplace(cancellation_token{}, time, time.now() + 5s);
    bool called = false;
    const on_cancel destroys{limit->token(), [&](cancel_reason) {
                                 called = true;
                                 limit.reset();
                             }};
    co_await sleep_for(6s);
    BOOST_TEST(called);
}

namespace {

awaitable<int> returns_after(duration span)
{
    co_await sleep_for(span);
    co_return 42;
}

awaitable<> throws_after(duration span)
{
    co_await sleep_for(span);
    throw std::out_of_range{"its own"};
}

awaitable<> does_not_listen(duration span, bool& ended)
{
    try {
        co_await sleep_for(span);
    } catch (...) {
    }
    ended = true;
}

// Where the outcome of something awaited goes.
struct outcome {
    std::exception_ptr error;
    duration took{};

    [[nodiscard]] bool cancelled() const { return error && is_cancellation(error); }
};

awaitable<outcome> outcome_of(awaitable<> work)
{
    const auto& time = clock::of(co_await asio::this_coro::executor);
    const auto start = time.now();
    outcome seen;
    try {
        co_await std::move(work);
    } catch (...) {
        seen.error = std::current_exception();
    }
    seen.took = time.now() - start;
    co_return seen;
}

}  // namespace

SLUICE_VIRTUAL_TEST_CASE(run_under_returns_what_the_work_returns_or_throws)
{
    cancellation source;
    BOOST_TEST(co_await run_under(source.token(), returns_after(1s)) == 42);
    BOOST_TEST(co_await run_under(cancellation_token{}, returns_after(1s)) == 42);
    const auto seen = co_await outcome_of(run_under(source.token(), throws_after(1s)));
    BOOST_CHECK_THROW(std::rethrow_exception(seen.error), std::out_of_range);
}

SLUICE_VIRTUAL_TEST_CASE(run_under_ends_what_the_work_waits_for_when_the_token_is_cancelled)
{
    auto& time = clock::of(co_await asio::this_coro::executor);
    cancellation source;
    const auto alarm = time.at(time.now() + 3s, [&] { source.cancel(cancel_reason::shutdown); });
    const auto seen = co_await outcome_of(run_under(source.token(), throws_after(1h)));
    BOOST_TEST(seen.cancelled());
    BOOST_TEST((seen.took == 3s));
    co_await sleep_for(1s);  // the caller itself was not cancelled
}

SLUICE_VIRTUAL_TEST_CASE(run_under_a_cancelled_token_does_not_start)
{
    cancellation source;
    source.cancel(cancel_reason::shutdown);
    bool started = false;
    const auto seen = co_await outcome_of(run_under(source.token(), does_not_listen(0s, started)));
    BOOST_TEST(seen.cancelled());
    BOOST_TEST(!started);
}

SLUICE_VIRTUAL_TEST_CASE(run_under_passes_the_callers_cancellation_on_and_waits_for_the_end)
{
    cancellation own;
    bool ended = false;
    scope caller{co_await asio::this_coro::executor};
    caller.spawn(run_under(own.token(), does_not_listen(1h, ended)));
    co_await sleep_for(1s);
    caller.cancel();
    co_await caller.join();
    BOOST_TEST(ended);
    BOOST_TEST(!own.token().cancelled());
    own.cancel(cancel_reason::unwanted);  // reaches nobody any more
}

SLUICE_VIRTUAL_TEST_CASE(run_under_nests)
{
    cancellation outer, inner;
    auto& time = clock::of(co_await asio::this_coro::executor);
    const auto alarm = time.at(time.now() + 2s, [&] { outer.cancel(cancel_reason::shutdown); });
    const auto seen = co_await outcome_of(run_under(outer.token(), run_under(inner.token(), throws_after(1h))));
    BOOST_TEST(seen.cancelled());
    BOOST_TEST((seen.took == 2s));
}

}  // namespace sluice
