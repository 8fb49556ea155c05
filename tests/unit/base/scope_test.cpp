#include "sluice/base/scope.hpp"

#include "sluice/testing/test_case.hpp"

namespace sluice {

using namespace std::chrono_literals;

namespace {

struct log {
    std::string text;

    awaitable<> note(char name, duration after)
    {
        try {
            co_await sleep_for(after);
            text += name;
        } catch (...) {
            text += static_cast<char>(std::toupper(name));
            throw;
        }
    }

    awaitable<> fail(duration after)
    {
        co_await sleep_for(after);
        text += '!';
        throw std::out_of_range{"a child's own"};
    }

    // Ends a while after it was cancelled, and then fails.
    awaitable<> fail_late()
    {
        wait_queue nobody;
        co_await nobody.wait_shielded();
        text += '?';
        throw std::length_error{"too late"};
    }
};

awaitable<std::exception_ptr> error_of(awaitable<> work)
{
    std::exception_ptr error;
    try {
        co_await std::move(work);
    } catch (...) {
        error = std::current_exception();
    }
    co_return error;
}

template <class Expected>
bool is(const std::exception_ptr& error)
{
    try {
        if (error) std::rethrow_exception(error);
    } catch (const Expected&) {
        return true;
    } catch (...) {
    }
    return false;
}

}  // namespace

SLUICE_VIRTUAL_TEST_CASE(children_run_side_by_side_and_join_waits_for_all)
{
    log l;
    auto& time = clock::of(co_await asio::this_coro::executor);
    const auto start = time.now();
    scope children{co_await asio::this_coro::executor};
    children.spawn(l.note('b', 2s));
    children.spawn(l.note('a', 1s));
    BOOST_TEST(children.size() == 2u);
    co_await children.join();
    BOOST_TEST(l.text == "ab");
    BOOST_TEST((time.now() - start == 2s));
    BOOST_TEST(children.size() == 0u);
}

SLUICE_VIRTUAL_TEST_CASE(a_child_starts_in_a_later_turn)
{
    bool started = false;
    auto work = [&]() -> awaitable<> {
        started = true;
        co_return;
    };
    scope children{co_await asio::this_coro::executor};
    children.spawn(work());
    BOOST_TEST(!started);
    co_await children.join();
    BOOST_TEST(started);
}

SLUICE_VIRTUAL_TEST_CASE(joining_an_empty_scope_returns_at_once)
{
    scope children{co_await asio::this_coro::executor};
    co_await children.join();
}

SLUICE_VIRTUAL_TEST_CASE(a_child_that_fails_cancels_its_siblings_and_join_rethrows)
{
    log l;
    scope children{co_await asio::this_coro::executor};
    children.spawn(l.note('a', 1h));
    children.spawn(l.fail(1s));
    const auto error = co_await error_of(children.join());
    BOOST_TEST(is<std::out_of_range>(error));
    BOOST_TEST(l.text == "!A");
    BOOST_TEST((children.token().reason() == cancel_reason::sibling_failed));
}

SLUICE_VIRTUAL_TEST_CASE(the_first_failure_is_the_one_that_join_rethrows)
{
    log l;
    scope children{co_await asio::this_coro::executor};
    children.spawn(l.fail_late());
    children.spawn(l.fail(1s));
    const auto error = co_await error_of(children.join());
    BOOST_TEST(is<std::out_of_range>(error));
    BOOST_TEST(l.text == "!?");
}

SLUICE_VIRTUAL_TEST_CASE(being_cancelled_is_no_failure_but_failing_while_cancelled_is)
{
    log l;
    scope obedient{co_await asio::this_coro::executor};
    obedient.spawn(l.note('a', 1h));
    co_await sleep_for(1s);
    obedient.cancel();
    co_await obedient.join();
    BOOST_TEST(l.text == "A");

    scope failing{co_await asio::this_coro::executor};
    failing.spawn(l.fail_late());
    co_await sleep_for(1s);
    failing.cancel();
    const auto error = co_await error_of(failing.join());
    BOOST_TEST(is<std::length_error>(error));
}

SLUICE_VIRTUAL_TEST_CASE(a_parents_token_cancels_the_children)
{
    log l;
    cancellation parent;
    scope children{co_await asio::this_coro::executor, parent.token()};
    children.spawn(l.note('a', 1h));
    co_await sleep_for(1s);
    parent.cancel(cancel_reason::shutdown);
    co_await children.join();
    BOOST_TEST(l.text == "A");
    BOOST_TEST((children.token().reason() == cancel_reason::shutdown));
}

SLUICE_VIRTUAL_TEST_CASE(what_is_spawned_into_a_cancelled_scope_is_cancelled)
{
    log l;
    auto& time = clock::of(co_await asio::this_coro::executor);
    const auto start = time.now();
    scope children{co_await asio::this_coro::executor};
    children.cancel();
    children.spawn(l.note('a', 1h));
    co_await children.join();
    BOOST_TEST((time.now() == start));
}

SLUICE_VIRTUAL_TEST_CASE(children_may_spawn_while_others_join)
{
    log l;
    scope children{co_await asio::this_coro::executor};
    auto spawns = [&]() -> awaitable<> {
        co_await sleep_for(1s);
        children.spawn(l.note('a', 1s));
    };
    children.spawn(spawns());
    co_await children.join();
    BOOST_TEST(l.text == "a");
}

SLUICE_VIRTUAL_TEST_CASE(a_scope_can_be_used_again_after_it_was_joined)
{
    log l;
    scope children{co_await asio::this_coro::executor};
    children.spawn(l.note('a', 1s));
    co_await children.join();
    children.spawn(l.note('b', 1s));
    co_await children.join();
    BOOST_TEST(l.text == "ab");
}

SLUICE_VIRTUAL_TEST_CASE(a_caller_that_is_cancelled_while_it_joins_cancels_the_children_and_waits_for_them)
{
    log l;
    scope outer{co_await asio::this_coro::executor};
    bool went_on = false;
    auto caller = [&]() -> awaitable<> {
        scope inner{co_await asio::this_coro::executor};
        inner.spawn(l.note('a', 1h));
        inner.spawn(l.note('b', 1h));
        co_await inner.join();
        went_on = true;
        co_await sleep_for(1h);  // ends at once: the caller is cancelled
        l.text += 'x';
    };
    outer.spawn(caller());
    co_await sleep_for(1s);
    outer.cancel();
    co_await outer.join();
    BOOST_TEST(l.text == "AB");
    BOOST_TEST(went_on);
}

SLUICE_VIRTUAL_TEST_CASE(a_caller_that_was_cancelled_before_it_joins_still_waits)
{
    log l;
    scope outer{co_await asio::this_coro::executor};
    bool joined = false;
    auto caller = [&]() -> awaitable<> {
        scope inner{co_await asio::this_coro::executor};
        inner.spawn(l.fail_late());
        auto body = [&](scope& children) -> awaitable<> {
            children.spawn(l.note('a', 1h));
            co_await sleep_for(1h);
        };
        const auto error = co_await error_of(with_scope({}, body));
        BOOST_TEST(is_cancellation(error));
        co_await asio::this_coro::throw_if_cancelled(false);
        inner.cancel();
        const auto late = co_await error_of(inner.join());
        BOOST_TEST(is<std::length_error>(late));
        joined = true;
    };
    outer.spawn(caller());
    co_await sleep_for(1s);
    outer.cancel();
    co_await outer.join();
    BOOST_TEST(joined);
    BOOST_TEST(l.text == "A?");
}

SLUICE_VIRTUAL_TEST_CASE(with_scope_joins_what_its_body_spawned)
{
    log l;
    auto body = [&](scope& children) -> awaitable<> {
        children.spawn(l.note('a', 1s));
        co_return;
    };
    co_await with_scope({}, body);
    BOOST_TEST(l.text == "a");
}

SLUICE_VIRTUAL_TEST_CASE(with_scope_cancels_the_children_when_its_body_throws)
{
    log l;
    auto body = [&](scope& children) -> awaitable<> {
        children.spawn(l.note('a', 1h));
        co_await sleep_for(1s);
        throw std::domain_error{"the body's own"};
    };
    const auto error = co_await error_of(with_scope({}, body));
    BOOST_TEST(is<std::domain_error>(error));
    BOOST_TEST(l.text == "A");
}

SLUICE_VIRTUAL_TEST_CASE(with_scope_prefers_a_childs_failure_to_the_cancellation_of_its_body)
{
    log l;
    scope outer{co_await asio::this_coro::executor};
    std::exception_ptr seen;
    auto body = [&](scope& children) -> awaitable<> {
        children.spawn(l.fail_late());
        co_await sleep_for(1h);
    };
    auto caller = [&]() -> awaitable<> { seen = co_await error_of(with_scope({}, body)); };
    outer.spawn(caller());
    co_await sleep_for(1s);
    outer.cancel();
    co_await outer.join();
    BOOST_TEST(is<std::length_error>(seen));
}

}  // namespace sluice
